"""The doors for browsers and for SMS companies: guards, sign-in, admin pages, webhooks, health."""
