// The routes of as many pairs of workflows as WORKFLOW_PAIRS says: one synchronous, one
// asynchronous with its status route. `node app.js FOLDER` writes the templates there.
const { App, Duration, Stack } = require("aws-cdk-lib");
const {
  AwsIntegration,
  RestApi,
  StepFunctionsIntegration,
} = require("aws-cdk-lib/aws-apigateway");
const { Role, ServicePrincipal } = require("aws-cdk-lib/aws-iam");
const { LogGroup } = require("aws-cdk-lib/aws-logs");
const {
  DefinitionBody,
  LogLevel,
  Pass,
  StateMachine,
  StateMachineType,
} = require("aws-cdk-lib/aws-stepfunctions");

// Above 500 resources CDK says that CloudFormation refuses the stack, so the check is switched off.
const app = new App({
  outdir: process.argv[2],
  context: { "@aws-cdk/core:stackResourceLimit": 0 },
});
const stack = new Stack(app, "speed");
const api = new RestApi(stack, "api", { deployOptions: { stageName: "v1" } });
const caller = new Role(stack, "caller", {
  assumedBy: new ServicePrincipal("apigateway.amazonaws.com"),
});

function stateMachine(name, type) {
  return new StateMachine(stack, name, {
    stateMachineType: type,
    definitionBody: DefinitionBody.fromChainable(new Pass(stack, `${name}-answer`)),
    timeout: Duration.seconds(5),
    logs: { destination: new LogGroup(stack, `${name}-logs`), level: LogLevel.ERROR },
  });
}

function calls(action, template) {
  return new AwsIntegration({
    service: "states",
    action,
    options: {
      credentialsRole: caller,
      requestTemplates: { "application/json": template },
      integrationResponses: [
        { statusCode: "200" },
        { statusCode: "400", selectionPattern: "4\\d{2}" },
      ],
    },
  });
}

const answers = { methodResponses: [{ statusCode: "200" }, { statusCode: "400" }] };
for (let pair = 0; pair < Number(process.env.WORKFLOW_PAIRS); pair += 1) {
  const sync = stateMachine(`sync${pair}`, StateMachineType.EXPRESS);
  api.root
    .addResource(`sync${pair}`)
    .addMethod("POST", StepFunctionsIntegration.startExecution(sync));

  const later = stateMachine(`async${pair}`, StateMachineType.STANDARD);
  later.grantStartExecution(caller);
  later.grantRead(caller);
  const route = api.root.addResource(`async${pair}`);
  const start = `{"stateMachineArn": "${later.stateMachineArn}", "input": "$util.escapeJavaScript($input.body)"}`;
  route.addMethod("POST", calls("StartExecution", start), answers);
  const describe = `{"executionArn": "${later.stateMachineArn}:$input.params('execution')"}`;
  const execution = route.addResource("{execution}");
  execution.addMethod("GET", calls("DescribeExecution", describe), answers);
  execution.addMethod("DELETE", calls("StopExecution", describe), answers);
}
app.synth();
