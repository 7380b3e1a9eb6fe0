"""Companies that the settings describe: requests, webhooks and answers."""
