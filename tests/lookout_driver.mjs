// A program as it was written for Lookout for Vision with AWS's SDK for JavaScript.
//
//     node lookout_driver.mjs SDK ENDPOINT SIGNING_NAME PROJECT BUCKET PICTURE
//
// SDK is the folder of the package. It prints what it saw as JSON.
import fs from "node:fs";
import { createRequire } from "node:module";

const [sdk, endpoint, signingName, project, bucket, picture] = process.argv.slice(2);
const lookout = createRequire(`${sdk}/`)("@aws-sdk/client-lookoutvision");
const client = new lookout.LookoutVisionClient({
  endpoint,
  region: process.env.AWS_DEFAULT_REGION,
  maxAttempts: 1,
  ...(signingName ? { signingName } : {}),
});
const of = { ProjectName: project };
const train = { ...of, DatasetType: "train" };
const one = { ...of, ModelVersion: "1" };

const call = (name, members) => client.send(new lookout[`${name}Command`](members));
const refusal = (name, members) =>
  call(name, members).then(
    () => "",
    (error) => [error.name, error.$metadata.httpStatusCode, error.ResourceType ?? null],
  );

async function until(wanted, read) {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const found = await read();
    if (found === wanted) return;
    if (String(found).endsWith("FAILED") || Date.now() > deadline) throw new Error(`${found}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}
const model = async () => (await call("DescribeModel", one)).ModelDescription;
const status = async () => (await model()).Status;
const dataset = async () => (await call("DescribeDataset", train)).DatasetDescription;

const seen = {};
const made = await call("CreateProject", of);
seen.created = made.ProjectMetadata.CreationTimestamp instanceof Date;
seen.again = await refusal("CreateProject", of);
const S3Object = { Bucket: bucket, Key: "train.manifest" };
await call("CreateDataset", { ...train, DatasetSource: { GroundTruthManifest: { S3Object } } });
await until("CREATE_COMPLETE", async () => (await dataset()).Status);
seen.images = (await dataset()).ImageStats;
const entries = [];
const pages = lookout.paginateListDatasetEntries({ client, pageSize: 7 }, { ...train, Labeled: true });
for await (const page of pages) entries.push(...page.DatasetEntries);
seen.entries = entries.length;
await call("UpdateDatasetEntries", { ...train, Changes: new TextEncoder().encode(entries[0]) });
await until("UPDATE_COMPLETE", async () => (await dataset()).Status);
const S3Location = { Bucket: bucket, Prefix: "javascript/" };
await call("CreateModel", { ...of, OutputConfig: { S3Location }, Tags: [{ Key: "line", Value: "1" }] });
await until("TRAINED", status);
const { ModelArn: ResourceArn, Performance } = await model();
seen.f1 = Performance.F1Score;
await call("TagResource", { ResourceArn, Tags: [{ Key: "day shift", Value: "größe" }] });
await call("UntagResource", { ResourceArn, TagKeys: ["line", "other"] });
seen.tags = (await call("ListTagsForResource", { ResourceArn })).Tags;
const ContentType = "image/png";
seen.early = await refusal("DetectAnomalies", { ...one, ContentType, Body: fs.readFileSync(picture) });
await call("StartModel", { ...one, MinInferenceUnits: 1 });
await until("HOSTED", status);
const detect = async (Body) =>
  (await call("DetectAnomalies", { ...one, ContentType, Body })).DetectAnomalyResult;
seen.detected = await detect(fs.readFileSync(picture));
seen.mask = Buffer.from(seen.detected.AnomalyMask).toString("latin1").slice(1, 4);
delete seen.detected.AnomalyMask;
seen.streamed = signingName
  ? await refusal("DetectAnomalies", { ...one, ContentType, Body: fs.createReadStream(picture) })
  : (await detect(fs.createReadStream(picture))).IsAnomalous;
await call("StopModel", one);
await until("TRAINED", status);
await call("DeleteModel", one);
await until(0, async () => (await call("ListModels", of)).Models.length);
await call("DeleteDataset", train);
await until(0, async () => (await call("DescribeProject", of)).ProjectDescription.Datasets.length);
await call("DeleteProject", of);
seen.gone = await refusal("DescribeProject", of);
console.log(JSON.stringify(seen));
