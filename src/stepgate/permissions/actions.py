"""The IAM actions that the caller of an operation needs.

Usually it is one action: the operation's own name after the service's prefix. The tables have the
exceptions, each group with AWS's page. They are facts about IAM and cannot be computed. Tests
ensure that each row is needed, and that AWS's reference has its actions.

An action that only some requests need, for a tag or an object's version, is left out here: see
`stepgate.permissions.caller_access`. Where requests cannot be distinguished, as with PartiQL's
statements, all their actions are included.
"""

from collections.abc import Mapping

from stepgate.permissions import reference
from stepgate.permissions.services import Operation

# Services whose prefix differs from their name in signatures.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
PREFIXES: Mapping[str, str] = {
    "IoTSecuredTunneling": "iot",
    "cloudcontrolapi": "cloudformation",
    "iot-jobs-data": "iotjobsdata",
    "iotdata": "iot",
    "monitoring": "cloudwatch",
    "mturk-requester": "mechanicalturk",
    "partnercentral-account": "partnercentral",
    "partnercentral-benefits": "partnercentral",
    "partnercentral-channel": "partnercentral",
    "partnercentral-selling": "partnercentral",
    "tagging": "tag",
}

# One of them, depending on the statement.
_PARTIQL = "PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate"
_NEPTUNE_QUERY = "DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery"

# By botocore's service and operation: the actions, separated by spaces, without the prefix if it is
# the service's own.
EXCEPTIONS: Mapping[str, Mapping[str, str]] = {
    # https://docs.aws.amazon.com/goto/WebAPI/accessanalyzer-2019-11-01/GetFindingV2
    "accessanalyzer": {
        "GetFindingV2": "GetFinding",
        "ListFindingsV2": "ListFindings",
    },
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
    "apigatewaymanagementapi": {
        "DeleteConnection": "ManageConnections",
        "GetConnection": "ManageConnections",
        "PostToConnection": "ManageConnections",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/batch-2016-08-10/CancelJobs
    "batch": {
        "CancelJobs": "CancelJob",
        "TerminateJobs": "TerminateJob",
        "TerminateServiceJobs": "TerminateServiceJob",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/bcm-pricing-calculator-2024-06-19/BatchCreateWorkloadEstimateUsage
    "bcm-pricing-calculator": {
        "BatchCreateBillScenarioCommitmentModification": "CreateBillScenarioCommitmentModification",
        "BatchCreateBillScenarioUsageModification": "CreateBillScenarioUsageModification",
        "BatchCreateWorkloadEstimateUsage": "CreateWorkloadEstimateUsage",
        "BatchDeleteBillScenarioCommitmentModification": "DeleteBillScenarioCommitmentModification",
        "BatchDeleteBillScenarioUsageModification": "DeleteBillScenarioUsageModification",
        "BatchDeleteWorkloadEstimateUsage": "DeleteWorkloadEstimateUsage",
        "BatchUpdateBillScenarioCommitmentModification": "UpdateBillScenarioCommitmentModification",
        "BatchUpdateBillScenarioUsageModification": "UpdateBillScenarioUsageModification",
        "BatchUpdateWorkloadEstimateUsage": "UpdateWorkloadEstimateUsage",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/bedrock-agent-runtime-2023-07-26/RetrieveAndGenerateStream
    "bedrock-agent-runtime": {
        "RetrieveAndGenerateStream": "RetrieveAndGenerate",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock.html
    "bedrock-runtime": {
        "Converse": "InvokeModel",
        "ConverseStream": "InvokeModelWithResponseStream",
        "InvokeModelWithBidirectionalStream": "InvokeModel",
        "StartAsyncInvoke": "InvokeModel",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_budgets.html
    "budgets": {
        "CreateBudget": "ModifyBudget",
        "CreateNotification": "ModifyBudget",
        "CreateSubscriber": "ModifyBudget",
        "DeleteBudget": "ModifyBudget",
        "DeleteNotification": "ModifyBudget",
        "DeleteSubscriber": "ModifyBudget",
        "DescribeBudget": "ViewBudget",
        "DescribeBudgetNotificationsForAccount": "ViewBudget",
        "DescribeBudgetPerformanceHistory": "ViewBudget",
        "DescribeBudgets": "ViewBudget",
        "DescribeNotificationsForBudget": "ViewBudget",
        "DescribeSubscribersForNotification": "ViewBudget",
        "UpdateBudget": "ModifyBudget",
        "UpdateNotification": "ModifyBudget",
        "UpdateSubscriber": "ModifyBudget",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_cloudfront.html
    "cloudfront": {
        "CreateDistributionWithTags": "CreateDistribution TagResource",
    },
    # https://docs.aws.amazon.com/cloudsearch/latest/developerguide/configuring-access.html
    "cloudsearchdomain": {
        "UploadDocuments": "document",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/cloudtrail-2013-11-01/ListInsightsMetricData
    "cloudtrail": {
        "ListInsightsMetricData": "ListInsightsData LookupEvents",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/connectcases-2022-10-03/BatchUpdateCase
    "connectcases": {
        "BatchCreateRelatedItem": "CreateRelatedItem",
        "BatchUpdateCase": "UpdateCase",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_deadline.html
    "deadline": {
        "BatchGetJob": "GetJob",
        "BatchGetSession": "GetSession",
        "BatchGetSessionAction": "GetSessionAction",
        "BatchGetStep": "GetStep",
        "BatchGetTask": "GetTask",
        "BatchGetWorker": "GetWorker",
        "BatchUpdateJob": "UpdateJob",
        "BatchUpdateTask": "UpdateTask",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_detective.html
    "detective": {
        "ListOrganizationAdminAccounts": "ListOrganizationAdminAccount",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/dms-2016-01-01/DescribeDataProviders
    "dms": {
        "DescribeDataProviders": "ListDataProviders",
        "DescribeExtensionPackAssociations": "ListExtensionPacks",
        "DescribeInstanceProfiles": "ListInstanceProfiles",
        "DescribeMetadataModelAssessments": "ListMetadataModelAssessments",
        "DescribeMetadataModelConversions": "ListMetadataModelConversions",
        "DescribeMetadataModelExportsAsScript": "ListMetadataModelExports",
        "DescribeMetadataModelExportsToTarget": "ListMetadataModelExports",
        "DescribeMigrationProjects": "ListMigrationProjects",
        "ModifyConversionConfiguration": "UpdateConversionConfiguration",
        "ModifyDataProvider": "UpdateDataProvider",
        "ModifyInstanceProfile": "UpdateInstanceProfile",
        "ModifyMigrationProject": "UpdateMigrationProject",
        "StartExtensionPackAssociation": "AssociateExtensionPack",
        "StartMetadataModelExportAsScript": "StartMetadataModelExportAsScripts",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_dynamodb.html
    "dynamodb": {
        "BatchExecuteStatement": _PARTIQL,
        "ExecuteStatement": _PARTIQL,
        "ExecuteTransaction": _PARTIQL,
        "TransactGetItems": "GetItem",
        "TransactWriteItems": "ConditionCheckItem DeleteItem PutItem UpdateItem",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/ecr-2015-09-21/ListImageReferrers
    "ecr": {
        "ListImageReferrers": "BatchGetImage",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_glue.html
    "glue": {
        "BatchGetDataQualityResult": "GetDataQualityResult",
        "BatchPutDataQualityStatisticAnnotation": "PutDataQualityStatisticAnnotation",
        "ListDataQualityStatisticAnnotations": "GetDataQualityResult",
        "ListDataQualityStatistics": "GetDataQualityResult",
        # https://docs.aws.amazon.com/goto/WebAPI/glue-2017-03-31/GetUnfilteredTableMetadata
        "GetUnfilteredPartitionMetadata": "GetPartition",
        "GetUnfilteredPartitionsMetadata": "GetPartitions",
        "GetUnfilteredTableMetadata": "GetTable",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_iot-jobs-data.html
    "iot-jobs-data": {
        "StartCommandExecution": "iot:StartCommandExecution",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_iotfleetwise.html
    "iotfleetwise": {
        "BatchCreateVehicle": "CreateVehicle",
        "BatchUpdateVehicle": "UpdateVehicle",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_keyspaces.html
    "keyspaces": {
        "CreateKeyspace": "Create",
        "CreateTable": "Create",
        "CreateType": "Create",
        "DeleteKeyspace": "Drop",
        "DeleteTable": "Drop",
        "DeleteType": "Drop",
        "GetKeyspace": "Select",
        "GetTable": "Select",
        "GetTableAutoScalingSettings": (
            "application-autoscaling:DescribeScalableTargets "
            "application-autoscaling:DescribeScalingPolicies Select"
        ),
        "GetType": "Select",
        "ListKeyspaces": "Select",
        "ListTables": "Select",
        "ListTagsForResource": "Select",
        "ListTypes": "Select",
        "RestoreTable": "Restore Select",
        "UpdateKeyspace": (
            "Alter AlterMultiRegionResource Create CreateMultiRegionResource Modify "
            "ModifyMultiRegionResource Select SelectMultiRegionResource"
        ),
        "UpdateTable": "Alter",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/kms-2014-11-01/ReEncrypt
    "kms": {
        "ReEncrypt": "ReEncryptFrom ReEncryptTo",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_lakeformation.html
    "lakeformation": {
        "GetTemporaryDataLocationCredentials": "GetDataAccess",
        # https://docs.aws.amazon.com/goto/WebAPI/lakeformation-2017-03-31/GetGlueFunctionSessionContext
        "GetGlueFunctionSessionContext": "GetDataAccess",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_lambda.html
    "lambda": {
        "GetLayerVersionByArn": "GetLayerVersion",
        "Invoke": "InvokeFunction",
        "InvokeWithResponseStream": "InvokeFunction",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_lex-v2.html
    "lexv2-models": {
        "ListUtteranceAnalyticsData": "ListAggregatedUtterances",
        "ListUtteranceMetrics": "ListAggregatedUtterances",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_marketplace-catalog.html
    "marketplace-catalog": {
        "BatchDescribeEntities": "DescribeEntity",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconnect.html
    "mediaconnect": {
        "BatchGetRouterInput": "GetRouterInput",
        "BatchGetRouterNetworkInterface": "GetRouterNetworkInterface",
        "BatchGetRouterOutput": "GetRouterOutput",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/neptune-graph-2023-11-29/ExecuteQuery
    "neptune-graph": {
        "ExecuteQuery": "DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery",
        "GetQuery": "GetQueryStatus",
    },
    # https://docs.aws.amazon.com/neptune/latest/userguide/iam-dp-actions.html
    "neptunedata": {
        "CancelGremlinQuery": "CancelQuery",
        "CancelOpenCypherQuery": "CancelQuery",
        "DeletePropertygraphStatistics": "DeleteStatistics",
        "DeleteSparqlStatistics": "DeleteStatistics",
        "ExecuteFastReset": "ResetDatabase",
        "ExecuteGremlinExplainQuery": _NEPTUNE_QUERY,
        "ExecuteGremlinProfileQuery": "ReadDataViaQuery",
        "ExecuteGremlinQuery": _NEPTUNE_QUERY,
        "ExecuteOpenCypherExplainQuery": "ReadDataViaQuery",
        "ExecuteOpenCypherQuery": _NEPTUNE_QUERY,
        "GetGremlinQueryStatus": "GetQueryStatus",
        "GetMLDataProcessingJob": "GetMLDataProcessingJobStatus",
        "GetMLEndpoint": "GetMLEndpointStatus",
        "GetMLModelTrainingJob": "GetMLModelTrainingJobStatus",
        "GetMLModelTransformJob": "GetMLModelTransformJobStatus",
        "GetOpenCypherQueryStatus": "GetQueryStatus",
        "GetPropertygraphStatistics": "GetStatisticsStatus",
        "GetPropertygraphStream": "GetStreamRecords",
        "GetPropertygraphSummary": "GetGraphSummary",
        "GetRDFGraphSummary": "GetGraphSummary",
        "GetSparqlStatistics": "GetStatisticsStatus",
        "GetSparqlStream": "GetStreamRecords",
        "ListGremlinQueries": "GetQueryStatus",
        "ListOpenCypherQueries": "GetQueryStatus",
        "ManagePropertygraphStatistics": "ManageStatistics",
        "ManageSparqlStatistics": "ManageStatistics",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/qapps-2023-11-27/CreatePresignedUrl
    "qapps": {
        "CreatePresignedUrl": "ImportDocument",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_quicksight.html
    "quicksight": {
        "DescribeAnalysisDefinition": "DescribeAnalysis",
        "DescribeDashboardDefinition": "DescribeDashboard",
        "DescribeTemplateDefinition": "DescribeTemplate",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_redshift-data.html
    "redshift-data": {
        "GetStatementResultV2": "GetStatementResult",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_resource-explorer-2.html
    "resource-explorer-2": {
        "ListResources": "Search",
    },
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3": {
        "CompleteMultipartUpload": "PutObject",
        "CopyObject": "GetObject PutObject",
        "CreateBucketMetadataConfiguration": "CreateBucketMetadataTableConfiguration",
        "CreateMultipartUpload": "PutObject",
        "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
        "DeleteBucketCors": "PutBucketCORS",
        "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
        "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "DeleteBucketMetadataConfiguration": "DeleteBucketMetadataTableConfiguration",
        "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
        "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
        "DeleteBucketReplication": "PutReplicationConfiguration",
        "DeleteBucketTagging": "PutBucketTagging",
        "DeleteObjects": "DeleteObject",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
        "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
        "GetBucketLifecycle": "GetLifecycleConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketMetadataConfiguration": "GetBucketMetadataTableConfiguration",
        "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
        "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
        "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
        "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
        "ListBuckets": "ListAllMyBuckets",
        "ListMultipartUploads": "ListBucketMultipartUploads",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "ListParts": "ListMultipartUploadParts",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
        "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
        "PutBucketLifecycle": "PutLifecycleConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "PutBucketReplication": "PutReplicationConfiguration",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "SelectObjectContent": "GetObject",
        "UploadPart": "PutObject",
        "UploadPartCopy": "GetObject PutObject",
        # https://docs.aws.amazon.com/goto/WebAPI/s3-2006-03-01/GetObjectAttributes
        "GetObjectAttributes": "GetObject GetObjectAttributes",
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html
        "CreateSession": "s3express:CreateSession",
        "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
        "RenameObject": "s3express:CreateSession",
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-policies.html
        "WriteGetObjectResponse": "s3-object-lambda:WriteGetObjectResponse",
    },
    # S3 on Outposts, directory buckets, and the account.
    "s3control": {
        # https://docs.aws.amazon.com/AmazonS3/latest/s3-outposts/S3OutpostsIAM.html
        "CreateBucket": "s3-outposts:CreateBucket",
        "DeleteBucket": "s3-outposts:DeleteBucket",
        "DeleteBucketLifecycleConfiguration": "s3-outposts:PutLifecycleConfiguration",
        "DeleteBucketPolicy": "s3-outposts:DeleteBucketPolicy",
        "DeleteBucketReplication": "s3-outposts:PutReplicationConfiguration",
        "DeleteBucketTagging": "s3-outposts:PutBucketTagging",
        "GetBucket": "s3-outposts:GetBucket",
        "GetBucketLifecycleConfiguration": "s3-outposts:GetLifecycleConfiguration",
        "GetBucketPolicy": "s3-outposts:GetBucketPolicy",
        "GetBucketReplication": "s3-outposts:GetReplicationConfiguration",
        "GetBucketTagging": "s3-outposts:GetBucketTagging",
        "GetBucketVersioning": "s3-outposts:GetBucketVersioning",
        "ListRegionalBuckets": "s3-outposts:ListRegionalBuckets",
        "PutBucketLifecycleConfiguration": "s3-outposts:PutLifecycleConfiguration",
        "PutBucketPolicy": "s3-outposts:PutBucketPolicy",
        "PutBucketReplication": "s3-outposts:PutReplicationConfiguration",
        "PutBucketTagging": "s3-outposts:PutBucketTagging",
        "PutBucketVersioning": "s3-outposts:PutBucketVersioning",
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html
        "DeleteAccessPointScope": "s3express:DeleteAccessPointScope",
        "GetAccessPointScope": "s3express:GetAccessPointScope",
        "ListAccessPointsForDirectoryBuckets": "s3express:ListAccessPointsForDirectoryBuckets",
        "PutAccessPointScope": "s3express:PutAccessPointScope",
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
        "DeletePublicAccessBlock": "PutAccountPublicAccessBlock",
        "GetPublicAccessBlock": "GetAccountPublicAccessBlock",
        "PutPublicAccessBlock": "PutAccountPublicAccessBlock",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/securityhub-2018-10-26/GetFindingsV2
    "securityhub": {
        "BatchUpdateFindingsV2": "BatchUpdateFindings",
        "GetFindingStatisticsV2": "GetAdhocInsightResults",
        "GetFindingsV2": "GetFindings",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_sns.html
    "sns": {
        "PublishBatch": "Publish",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_sqs.html
    "sqs": {
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
        "DeleteMessageBatch": "DeleteMessage",
        "SendMessageBatch": "SendMessage",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/ssm-2014-11-06/RegisterDefaultHostManagementConfiguration
    "ssm": {
        "DeregisterDefaultHostManagementConfiguration": "GetServiceSetting ResetServiceSetting",
        "RegisterDefaultHostManagementConfiguration": (
            "iam:GetRole iam:PassRole GetServiceSetting UpdateServiceSetting"
        ),
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_taxsettings.html
    "taxsettings": {
        "BatchGetTaxExemptions": "GetExemptions",
        "GetTaxExemptionTypes": "GetExemptions",
        "ListTaxExemptions": "GetExemptions",
        "PutTaxExemption": "UpdateExemptions",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_timestream.html
    "timestream-query": {
        "Query": "DescribeTable ListMeasures ListTables Select SelectValues Unload",
    },
    # https://docs.aws.amazon.com/goto/WebAPI/verifiedpermissions-2021-12-01/BatchIsAuthorized
    "verifiedpermissions": {
        "BatchGetPolicy": "GetPolicy",
        "BatchIsAuthorized": "IsAuthorized",
        "BatchIsAuthorizedWithToken": "IsAuthorizedWithToken",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_vpc-lattice.html
    "vpc-lattice": {
        "BatchUpdateRule": "UpdateRule",
    },
}


def prefix(operation: Operation) -> str:
    """The prefix of the service's actions in IAM, for example `dynamodb`."""
    return PREFIXES.get(operation.signing_name, operation.signing_name)


def iam_actions(operation: Operation) -> tuple[str, ...]:
    """The actions, at least one, in alphabetical order: `("ec2:DescribeInstances",)`.

    An operation that is newer than `reference.json` is assumed to follow AWS's rule: its action has
    its name.
    """
    names = EXCEPTIONS.get(operation.service, {}).get(operation.name) or _own_action(operation)
    if operation.discovers_endpoint:
        # https://docs.aws.amazon.com/timestream/latest/developerguide/Using-API.endpoint-discovery.describe-endpoints.implementation.html
        names += " DescribeEndpoints"
    return tuple(
        sorted({name if ":" in name else f"{prefix(operation)}:{name}" for name in names.split()})
    )


def _own_action(operation: Operation) -> str:
    name = f"{prefix(operation)}:{operation.name}"
    known = reference.find_action(name)
    if known is not None:
        return known.name
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_apigateway.html
    if prefix(operation) == "apigateway":
        return f"apigateway:{operation.http_method}"
    return name
