"""Lambda functions and Step Functions state machines."""

from __future__ import annotations

from typing import Any

from sightline.local.iam.credentials import ACCOUNT_ID
from sightline.local.provider.creation import REGISTRY, Created, Creation
from sightline.local.provider.values import pascal


@REGISTRY.creates("aws:lambda/function:Function")
def function(new: Creation) -> Created:
    name = new.physical_name()
    # The hash tells Pulumi of changed code; here every start is a new system.
    new.without_meaning_here("tags", "sourceCodeHash")
    code = {"S3Bucket": new.need("s3Bucket"), "S3Key": new.need("s3Key")}
    client = new.client("lambda")
    reserved = new.take("reservedConcurrentExecutions")
    made = client.create_function(
        FunctionName=name,
        Code=code,
        **pascal(new.take_rest(), verbatim=("variables",)),
    )
    if reserved is not None:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    arn = made["FunctionArn"]
    outputs = {
        "name": name,
        "arn": arn,
        "version": made["Version"],
        "qualifiedArn": f"{arn}:{made['Version']}",
        "codeSha256": made["CodeSha256"],
    }
    return Created(name, outputs)


@REGISTRY.creates("aws:lambda/alias:Alias")
def alias(new: Creation) -> Created:
    name = new.physical_name()
    made = new.client("lambda").create_alias(
        FunctionName=new.need("functionName"),
        Name=name,
        FunctionVersion=new.need("functionVersion"),
        Description=new.take("description", ""),
    )
    return Created(made["AliasArn"], {"name": name, "arn": made["AliasArn"]})


@REGISTRY.creates("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")
def event_invoke_config(new: Creation) -> Created:
    name = new.need("functionName")
    new.client("lambda").put_function_event_invoke_config(
        FunctionName=name, **pascal(new.take_rest())
    )
    return Created(name)


@REGISTRY.creates("aws:lambda/eventSourceMapping:EventSourceMapping")
def event_source_mapping(new: Creation) -> Created:
    new.without_meaning_here("tags")
    values = pascal(new.take_rest(), irregular={"destinationArn": "Destination"})
    made = new.client("lambda").create_event_source_mapping(**values)
    arn = f"arn:aws:lambda:{new.region}:{ACCOUNT_ID}:event-source-mapping:{made['UUID']}"
    return Created(made["UUID"], {"uuid": made["UUID"], "arn": arn})


@REGISTRY.creates("aws:lambda/permission:Permission")
def permission(new: Creation) -> Created:
    statement = new.physical_name("statementId")
    source = {"SourceArn": arn} if (arn := new.take("sourceArn")) else {}
    new.client("lambda").add_permission(
        FunctionName=new.need("function"),
        StatementId=statement,
        Action=new.need("action"),
        Principal=new.need("principal"),
        **source,
    )
    return Created(statement, {"statementId": statement})


@REGISTRY.creates("aws:sfn/stateMachine:StateMachine")
def state_machine(new: Creation) -> Created:
    name = new.physical_name()
    new.without_meaning_here("tags")
    extras: dict[str, Any] = {}
    if logging := new.take("loggingConfiguration"):
        groups = [{"cloudWatchLogsLogGroup": {"logGroupArn": logging.pop("logDestination")}}]
        extras["loggingConfiguration"] = logging | {"destinations": groups}
    if tracing := new.take("tracingConfiguration"):
        extras["tracingConfiguration"] = tracing
    arn = new.client("stepfunctions").create_state_machine(
        name=name,
        definition=new.need("definition"),
        roleArn=new.need("roleArn"),
        type=new.take("type", "STANDARD"),
        **extras,
    )["stateMachineArn"]
    return Created(arn, {"name": name, "arn": arn, "status": "ACTIVE"})
