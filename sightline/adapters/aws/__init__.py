"""The ports over AWS: one file per service or table, clients are passed in, none is made here."""
