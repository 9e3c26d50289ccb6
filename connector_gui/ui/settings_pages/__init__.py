"""The pages of the settings dialog, the rows they are made of, and what the rows read from the schema."""
