"""The routes of people's pages: each file has a subject's shapes and its views."""
