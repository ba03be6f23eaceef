"""The Pulumi program: everything that Sightline owns in an AWS account but its API services."""
