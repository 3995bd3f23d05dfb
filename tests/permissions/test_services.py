"""The names of services and operations, against AWS's own table and botocore's models."""

import json
import re
from pathlib import Path

import pytest
from botocore.loaders import Loader

from stepgate.permissions import services as module
from stepgate.permissions.services import (
    UnknownOperation,
    find_operation,
    load_operations,
    load_services,
)

LOADER = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)

# The whole table of https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
DOCUMENTED = """
accessanalyzer account acm acmpca amp amplify amplifybackend amplifyuibuilder apigateway
apigatewayv2 appconfig appconfigdata appfabric appflow appintegrations applicationautoscaling
applicationcostprofiler applicationdiscovery applicationinsights applicationsignals appmesh
apprunner appstream appsync apptest arczonalshift athena auditmanager autoscaling autoscalingplans
b2bi backup backupgateway backupsearch batch bcmdataexports bcmpricingcalculator bedrock
bedrockagent bedrockagentruntime bedrockdataautomation bedrockdataautomationruntime bedrockruntime
billing billingconductor braket budgets chime chimesdkidentity chimesdkmediapipelines
chimesdkmeetings chimesdkmessaging chimesdkvoice cleanrooms cleanroomsml cloud9 cloudcontrol
clouddirectory cloudformation cloudfront cloudfrontkeyvaluestore cloudhsm cloudhsmv2 cloudsearch
cloudtrail cloudtraildata cloudwatch cloudwatchlogs codeartifact codebuild codecatalyst codecommit
codeconnections codedeploy codeguruprofiler codegurureviewer codegurusecurity codepipeline
codestarconnections codestarnotifications cognitoidentity cognitoidentityprovider cognitosync
comprehend comprehendmedical computeoptimizer config connect connectcampaigns connectcampaignsv2
connectcases connectcontactlens connectparticipant controlcatalog controltower costandusagereport
costexplorer costoptimizationhub customerprofiles databasemigration databrew dataexchange
datapipeline datasync datazone dax deadline detective devicefarm devopsguru directconnect directory
directoryservicedata dlm docdb docdbelastic drs dsql dynamodb dynamodbstreams ebs ec2
ec2instanceconnect ecr ecrpublic ecs efs eks eksauth elasticache elasticbeanstalk elasticinference
elasticloadbalancing elasticloadbalancingv2 elasticsearch elastictranscoder emr emrcontainers
emrserverless entityresolution eventbridge evidently finspace finspacedata firehose fis fms forecast
forecastquery frauddetector freetier fsx gamelift geomaps geoplaces georoutes glacier glue grafana
greengrass greengrassv2 groundstation guardduty health healthlake honeycode iam identitystore
imagebuilder inspector inspector2 inspectorscan internetmonitor invoicing iot iotanalytics
iotdeviceadvisor iotevents ioteventsdata iotfleethub iotfleetwise iotjobsdataplane
iotsecuretunneling iotsitewise iotthingsgraph iottwinmaker iotwireless ivs ivschat ivsrealtime kafka
kafkaconnect kendra kendraranking keyspaces kinesis kinesisanalytics kinesisanalyticsv2 kinesisvideo
kinesisvideoarchivedmedia kinesisvideomedia kinesisvideosignaling kinesisvideowebrtcstorage kms
lakeformation lambda launchwizard lexmodelbuilding lexmodelsv2 lexruntime lexruntimev2
licensemanager licensemanagerlinuxsubscriptions licensemanagerusersubscriptions lightsail location
lookoutequipment lookoutmetrics lookoutvision m2 macie2 mailmanager managedblockchain
managedblockchainquery marketplacecatalog marketplacecommerceanalytics marketplaceentitlement
marketplacemetering marketplacereporting mediaconnect mediaconvert medialive mediapackage
mediapackagev2 mediapackagevod mediastore mediatailor medicalimaging memorydb mgn migrationhub
migrationhubconfig migrationhuborchestrator migrationhubrefactorspaces migrationhubstrategy mq mturk
mwaa neptune neptunegraph networkfirewall networkflowmonitor networkmanager networkmonitor
notificationscontacts oam observabilityadmin omics opensearch opensearchserverless opsworks
opsworkscm organizations osis outposts panorama partnercentralselling paymentcryptography
paymentcryptographydata pcaconnectorad pcaconnectorscep pcs personalize personalizeevents
personalizeruntime pi pinpoint pinpointemail pinpointsmsvoice pinpointsmsvoicev2 pipes polly pricing
privatenetworks proton qapps qbusiness qconnect qldb qldbsession quicksight ram rbin rds rdsdata
redshift redshiftdata redshiftserverless rekognition repostspace resiliencehub resourceexplorer2
resourcegroups resourcegroupstaggingapi robomaker rolesanywhere route53 route53domains
route53profiles route53recoverycluster route53recoverycontrolconfig route53recoveryreadiness
route53resolver rum s3 s3control s3outposts s3tables sagemaker sagemakera2iruntime sagemakeredge
sagemakerfeaturestoreruntime sagemakergeospatial sagemakermetrics sagemakerruntime savingsplans
scheduler schemas secretsmanager securityhub securityir securitylake serverlessapplicationrepository
servicecatalog servicecatalogappregistry servicediscovery servicequotas ses sesv2 sfn shield signer
simspaceweaver sms snowball snowdevicemanagement sns socialmessaging sqs ssm ssmcontacts
ssmincidents ssmquicksetup ssmsap sso ssoadmin ssooidc storagegateway sts supplychain support
supportapp swf synthetics taxsettings textract timestreaminfluxdb timestreamquery timestreamwrite
tnb transcribe transfer translate trustedadvisor verifiedpermissions voiceid vpclattice waf
wafregional wafv2 wellarchitected wisdom workdocs workmail workmailmessageflow workspaces
workspacesthinclient workspacesweb xray
"""

# AWS has ended these, and botocore has no models of them any more.
ENDED = """
apptest elasticinference elastictranscoder evidently finspace finspacedata honeycode iotanalytics
iotevents ioteventsdata iotfleethub lookoutmetrics lookoutvision opsworks opsworkscm panorama
privatenetworks qldb qldbsession robomaker simspaceweaver sms tnb
"""


def test_aws_own_names_are_known_but_for_services_that_have_ended() -> None:
    assert [name for name in DOCUMENTED.split() if name not in load_services()] == ENDED.split()


@pytest.mark.proof
def test_every_name_is_made_of_the_service_id_as_the_sdk_makes_it() -> None:
    found = {
        name: _sdk_name(LOADER.load_service_model(botocore, "service-2")["metadata"]["serviceId"])
        for name, botocore in load_services().items()
    }
    assert found == {name: name for name in load_services()}


def _sdk_name(service_id: str) -> str:
    # getServiceName of the SDK's DefaultNamingStrategy, in lower case.
    name = re.sub(r"[ _-]", "", service_id).lower()
    return name.removeprefix("amazon").removeprefix("aws").removesuffix("service")


def test_every_service_of_botocore_has_a_name_or_is_another_one_again() -> None:
    named = set(load_services().values())
    again = set(LOADER.list_available_services("service-2")) - named
    assert again == {"pinpoint-sms-voice"}
    assert {each.name for each in load_operations("pinpointsmsvoice").values()} == set(
        LOADER.load_service_model("pinpoint-sms-voice", "service-2")["operations"]
    )


def test_no_row_of_the_names_is_idle() -> None:
    assert [name for name, row in module.NAMES.items() if name.replace("-", "") == row] == []


def test_an_operation_tells_what_its_model_says() -> None:
    found = find_operation("apigateway", "getRestApi")
    assert (found.service, found.name, found.signing_name) == (
        "apigateway",
        "GetRestApi",
        "apigateway",
    )
    assert (found.http_method, found.uri) == ("GET", "/restapis/{restapi_id}")
    assert not found.discovers_endpoint
    assert find_operation("timestreamquery", "query").discovers_endpoint


@pytest.mark.parametrize(
    ("service", "action", "problem"),
    [
        ("ec3", "stopInstances", "unknown service 'ec3'; did you mean 'ec2'?"),
        ("EC2", "stopInstances", "unknown service 'EC2'; did you mean 'ec2'?"),
        # What botocore and the CLI call it.
        ("logs", "x", "unknown service 'logs'; did you mean 'cloudwatchlogs'?"),
        ("stepfunctions", "x", "unknown service 'stepfunctions'; did you mean 'sfn'?"),
        (
            "mine",
            "x",
            "unknown service 'mine'; use a name from https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html",
        ),
        (
            "ec2",
            "startInstance",
            "unknown action 'startInstance' of ec2; did you mean 'startInstances'?",
        ),
        (
            "ec2",
            "DescribeInstances",
            "unknown action 'DescribeInstances' of ec2; did you mean 'describeInstances'?",
        ),
        (
            "sqs",
            "fly",
            "unknown action 'fly' of sqs; "
            "use an operation of its API with a lower-case first letter",
        ),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(
    service: str, action: str, problem: str
) -> None:
    with pytest.raises(UnknownOperation) as refused:
        find_operation(service, action)
    assert str(refused.value) == problem


def test_models_of_the_user_count_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "ec3" / "2026-01-01" / "service-2.json"
    model.parent.mkdir(parents=True)
    model.write_text(json.dumps({"metadata": {}, "operations": {}}))
    monkeypatch.setattr(Loader, "CUSTOMER_DATA_PATH", str(tmp_path))
    assert "ec3" in Loader().list_available_services("service-2")
    load_services.cache_clear()
    assert "ec3" not in load_services()
