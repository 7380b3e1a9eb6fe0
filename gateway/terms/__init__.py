"""The words of the field as values and rules: no input, no output, no clock."""
