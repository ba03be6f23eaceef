"""KMS keys and IAM roles."""

from __future__ import annotations

from sightline.local.provider.creation import REGISTRY, Created, Creation


@REGISTRY.creates("aws:kms/key:Key")
def key(new: Creation) -> Created:
    new.without_meaning_here("tags", "deletionWindowInDays")
    client = new.client("kms")
    policy = {"Policy": text} if (text := new.take("policy")) else {}
    made = client.create_key(Description=new.take("description", ""), **policy)["KeyMetadata"]
    if new.take("enableKeyRotation"):
        client.enable_key_rotation(KeyId=made["KeyId"])
    return Created(made["KeyId"], {"arn": made["Arn"], "keyId": made["KeyId"]})


@REGISTRY.creates("aws:kms/alias:Alias")
def alias(new: Creation) -> Created:
    name = new.need("name")
    new.client("kms").create_alias(AliasName=name, TargetKeyId=new.need("targetKeyId"))
    return Created(name)


@REGISTRY.creates("aws:iam/role:Role")
def role(new: Creation) -> Created:
    name = new.physical_name()
    new.without_meaning_here("tags")
    made = new.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=new.need("assumeRolePolicy"),
        Description=new.take("description", ""),
        Path=new.take("path", "/"),
    )["Role"]
    return Created(name, {"name": name, "arn": made["Arn"], "uniqueId": made["RoleId"]})


@REGISTRY.creates("aws:iam/rolePolicy:RolePolicy")
def role_policy(new: Creation) -> Created:
    name, holder = new.physical_name(), new.need("role")
    new.client("iam").put_role_policy(
        RoleName=holder, PolicyName=name, PolicyDocument=new.need("policy")
    )
    return Created(f"{holder}:{name}", {"name": name})


@REGISTRY.creates("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
def role_policy_attachment(new: Creation) -> Created:
    holder, policy = new.need("role"), new.need("policyArn")
    new.client("iam").attach_role_policy(RoleName=holder, PolicyArn=policy)
    return Created(f"{holder}/{policy}")
