"""Keeps what comes in exactly once and tells commands from everything else."""
