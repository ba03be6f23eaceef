"""A Pulumi provider whose AWS is the embedded server: the program's resources really exist there.

Pulumi's mock interface asks for each resource in dependency order and takes the outputs it is
given; here every request is carried out by boto3 against moto. One file per area of AWS.
"""
