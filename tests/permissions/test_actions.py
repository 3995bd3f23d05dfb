"""Every operation of every service, against AWS's Service Authorization Reference."""

import json

import pytest

from stepgate.permissions import actions, reference
from stepgate.permissions.actions import EXCEPTIONS, PREFIXES, iam_actions
from stepgate.permissions.services import Operation, find_operation, load_operations, load_services

# Operations that follow AWS's rule, though the reference does not confirm it. Most are newer than
# it. The services of others have ended (applicationcostprofiler, cloudhsm, iotthingsgraph), or ask
# for something else than IAM's permission (codecatalyst, connectparticipant, sso, ssooidc, some of
# cognitoidentityprovider). A newer reference may only make this shorter.
UNVERIFIED = """
account: SendPhoneNumberVerification VerifyPhoneNumber
accountaccessruntime: GetRoleCredentials ListRoles
agentregistry: BatchGetDiscoverableRegistryRecord
applicationcostprofiler: DeleteReportDefinition GetReportDefinition ImportApplicationUsage
    ListReportDefinitions PutReportDefinition UpdateReportDefinition
appstream: DrainSessionInstance UpdateImageBuilder
arcregionswitch: ListServiceQuotaWarnings
athena: CreateSystemTableConfiguration DeleteSystemTableConfiguration GetSystemTableConfiguration
    ListSystemTableStatuses UpdateSystemTableConfiguration
bedrockagent: CreateRetrievalInstruction CreateRetrievalInstructionVersion CreateVpcConfiguration
    DeleteRetrievalInstruction DeleteVpcConfiguration GetRetrievalInstruction GetVpcConfiguration
    ListRetrievalInstructionVersions ListRetrievalInstructions ListVpcConfigurations
    UpdateRetrievalInstruction
bedrockagentcore: DeleteDatasetGeneration GetAgentInsight GetDatasetGeneration IngestData
    InvokeBrowser ListAgentInsights ListDatasetGenerations StartDatasetGeneration UpdateAgentInsight
bedrockagentcorecontrol: GetAgentInsightStore ListAgentInsightStores ResetTokenVaultKeyMaterial
    RotatePaymentConnectorCredentials UpdateAgentInsightStore
billing: AssociateContract CancelContractualInvestmentAttestation
    CreateContractualInvestmentAttestation DisassociateContract ListBusinessSupportAccountCharges
    ListBusinessSupportSubscriptionHistory ListContracts ListContractualInvestmentAttestations
    ListContractualInvestmentSummaries ListContractualInvestments SplitCredit TransferCredit
cloudformation: RemoveAlias SetAlias
cloudfront: ListDistributionsByOwnedResource
cloudhsm: AddTagsToResource CreateHapg CreateLunaClient DeleteHapg DeleteLunaClient DescribeHapg
    DescribeHsm DescribeLunaClient GetConfig ListAvailableZones ListHapgs ListHsms ListLunaClients
    ListTagsForResource ModifyHapg ModifyHsm ModifyLunaClient RemoveTagsFromResource
cloudwatch: AssociateDatasetKmsKey CreateResourceMetricsConfiguration
    DeleteMetricDataQueryDefinition DeleteResourceMetricsConfiguration DescribeAlarmContributors
    DisassociateDatasetKmsKey GetMetricDataQueryDefinition GetResourceMetricsConfiguration
    ListMetricDataQueryDefinitions PutMetricDataQueryDefinition UpdateOTelEnrichment
    UpdateResourceMetricsConfiguration
cloudwatchlogs: GetLogObject
cloudwatchomni: GetSpaceDataAccess
codecatalyst: CreateAccessToken CreateDevEnvironment CreateProject CreateSourceRepository
    CreateSourceRepositoryBranch DeleteAccessToken DeleteDevEnvironment DeleteProject
    DeleteSourceRepository DeleteSpace GetDevEnvironment GetProject GetSourceRepository
    GetSourceRepositoryCloneUrls GetSpace GetSubscription GetUserDetails GetWorkflow GetWorkflowRun
    ListAccessTokens ListDevEnvironmentSessions ListDevEnvironments ListEventLogs ListProjects
    ListSourceRepositories ListSourceRepositoryBranches ListSpaces ListWorkflowRuns ListWorkflows
    StartDevEnvironment StartDevEnvironmentSession StartWorkflowRun StopDevEnvironment
    StopDevEnvironmentSession UpdateDevEnvironment UpdateProject UpdateSpace VerifySession
cognitoidentityprovider: AdminListUserSessions AdminRevokeUserSession CompleteWebAuthnRegistration
    DeleteWebAuthnCredential DescribeTermsByClient GetClientToken GetDerivedToken GetUserAuthFactors
    GetUserPoolClientSessionConfiguration GetUserPoolSessionConfiguration ListUserSessions
    ListWebAuthnCredentials RevokeUserSession SetUserPoolClientSessionConfiguration
    SetUserPoolSessionConfiguration StartWebAuthnRegistration
comprehendmedical: DetectEntities
connect: AssociateHoursOfOperations CreateAuthCode CreateContactFlowAlias CreateTestCase
    DeleteAllEntitySessions DeleteContactData DeleteContactFlowAlias DeleteSession DeleteTestCase
    DescribeContactFlowAlias DescribeTestCase DisassociateHoursOfOperations
    GetTestCaseExecutionSummary ListChildHoursOfOperations ListContactFlowAliases
    ListReplicationFindings ListTestCaseExecutionRecords ListTestCaseExecutions ListTestCases
    SearchTestCases StartAssistantContact StartTestCaseExecution StopTestCaseExecution
    UpdateContactFlowAlias UpdateContactTaskTemplate UpdateOutboundEmailContactMessage
    UpdateTestCase UpdateUserConfig
connectcases: GetMergeCasesStatus StartMergeCases
connecthealth: CreateDataset DeleteDataset GetDataset GetMedicalCodingJob ListDatasets
    StartMedicalCodingJob SubmitFeedback
connectparticipant: CancelParticipantAuthentication CompleteAttachmentUpload
    CreateParticipantConnection DescribeView DisconnectParticipant GetAttachment
    GetAuthenticationUrl GetTranscript SendEvent SendMessage StartAttachmentUpload
connectscheduling: ApproveTimeOff CancelTimeOff CreateTimeOff GetTimeOff PutTimeOffBalance
    RejectTimeOff
continuum: AssociateCollector CreateCodeFinding CreateCodeScan CreateCollector CreateEnvironment
    CreateIntegration DeleteCollector DeleteEnvironment DeleteIntegration DisassociateCollector
    GetCodeFinding GetCodeIssue GetCodeIssueArtifact GetCodeScan GetCollector
    GetCollectorDataAccessAuthorization GetEnvironment GetIntegration GetResourcePolicy
    ListAssociatedCollectors ListAssociatedEnvironments ListCodeFindings ListCodeIssueArtifacts
    ListCodeIssues ListCodeScans ListCollectors ListEnvironments ListIntegrations PutResourcePolicy
    StartIntegrationAuthorization UpdateCollector UpdateEnvironment UpdateIntegration
customerprofiles: BatchPutProfileObject SearchRecommendations
datazone: UpdateRootDomainUnitOwner
deadline: ListMemberships
devopsagent: GetChat UpdateChat
docdb: DescribeServerlessV2PlatformVersions
dynamodb: CancelBulkOperation DescribeBulkOperation ListBulkOperations StartBulkPutItems
ec2: AssociateKmsKeyId AssociateNetworkingFlexCostAllocationPolicy
    CreateCapacityReservationDateChangeQuote CreateMetricCategory
    CreateNetworkingFlexCostAllocationPolicy CreateTransitGatewayNetworkFunctionAttachment
    DeleteClientVpnEndpointAuthorizationPolicy DeleteMetricCategory
    DeleteNetworkingFlexCostAllocationPolicies DeleteTransitGatewayNetworkFunctionAttachment
    DescribeCapacityReservationDateChangeQuotes DescribeMetricCategories
    DescribeNetworkingFlexCostAllocationPolicies
    DescribeNetworkingFlexCostAllocationPolicyAssociations
    DescribeTransitGatewayNetworkFunctionAttachments DisassociateKmsKeyId
    DisassociateNetworkingFlexCostAllocationPolicy GetCapacityManagerSupportabilityScores
    GetClientVpnEndpointAuthorizationPolicy GetImageFindings
    GetNetworkingFlexCostAllocationPolicyVersions GetTransitGatewayAttachmentNatConfiguration
    ModifyClientVpnEndpointAuthorizationPolicy ModifyMetricCategory
    ModifyNetworkingFlexCostAllocationPolicy ModifyTransitGatewayAttachmentNatConfiguration
    ModifyTransitGatewayNetworkFunctionAttachment ModifyTransitGatewayPeeringAttachment
ecr: DescribeReplicationBackfillResults ListReplicationBackfills StartReplicationBackfill
    StopReplicationBackfill
ecs: AssociateGatewayWithCluster CreateGateway DeleteGateway DescribeGateway
    DescribeGatewayResources DescribeGatewayRoute DisassociateGatewayFromCluster
    ListGatewayClusterAssociations ListGatewayRoutes ListGateways UpdateGateway
elasticache: PrepareMigration StopMigration
elasticsearch: UpdateClone
elementalinference: CreateFunction CreateQuestionSet CreateQuestionSetVersion CreateScheduleAction
    DeleteFunction DeleteQuestionSet DeleteQuestionSetVersion DeleteScheduleAction GetFixture
    GetFunction GetQuestionSet ListFunctions ListQuestionSetVersions ListQuestionSets
    ListScheduleActions SearchFixtures UpdateFunction UpdateQuestionSet
emrcontainers: UpdateVirtualCluster
endusermessaging: CreateBrandProfile CreateBrandProfileAttributes CreateBrandProfileFromRegistration
    CreateNotifyCodeConfiguration CreateRegistrationsFromBrandProfile DeleteBrandProfile
    DeleteBrandProfileAttribute DeleteNotifyCodeConfiguration GetBrandProfile
    GetBrandProfileAttribute GetJob GetNotifyCodeConfiguration ListBrandProfileAttributes
    ListBrandProfiles ListJobs ListNotifyCodeConfigurations ListRegistrationsFromBrandProfile
    ListTagsForResource SendNotifyCodeVerification TagResource UntagResource UpdateBrandProfile
    UpdateBrandProfileAttribute UpdateBrandProfileFromRegistration UpdateNotifyCodeConfiguration
    UpdateRegistrationsFromBrandProfile ValidateNotifyCodeVerification
geomaps: GetGlyphs GetSprites GetStyleDescriptor
glue: AssociateGlossaryTerms BatchGetDataQualityResultV2 BatchGetDataQualityRulesetEvaluationRun
    BatchGetIterableForms CreateDataQualityEvaluationConfig CreateGlossary CreateGlossaryTerm
    DeleteAsset DeleteAssetType DeleteAttachment DeleteDataQualityEvaluationConfig DeleteFormType
    DeleteGlossary DeleteGlossaryTerm DisassociateGlossaryTerms GetAsset GetAssetType
    GetDataCatalogExportConfiguration GetDataQualityEvaluationConfig GetDataQualityResultV2
    GetFormType GetGlossary GetGlossaryTerm GetMaterializedViewRefreshTaskRun GetSystemLogsForJobRun
    GetSystemLogsForSession ListAssetTypes ListDataQualityEvaluationConfigs ListDataQualityResultsV2
    ListFormTypes ListGlossaries ListGlossaryTerms ListIntegrationTableProperties ListIterableForms
    ListMaterializedViewRefreshTaskRuns PublishDataQualityResultV2 PutAsset PutAssetType
    PutAttachment PutDataCatalogExportConfiguration PutFormType SearchAssets
    StartMaterializedViewRefreshTaskRun StopMaterializedViewRefreshTaskRun UpdateAsset
    UpdateDataQualityEvaluationConfig UpdateGlossary UpdateGlossaryTerm
guardduty: ListInvestigationRecords
health: ConfigureTags ConfigureTagsForOrganization DescribeServiceLifecycle DescribeTagKeys
    DescribeTagKeysForOrganization DescribeTags DescribeTagsForOrganization
    DescribeTagsOnboardingStatus DescribeTagsOnboardingStatusForOrganization DisableTags
    DisableTagsForOrganization EnableTags EnableTagsForOrganization
iam: AcquireRole UpdateDelegationRequest
iamtoolbox: GetRequestAuthorizationDetails GetRequestAuthorizationPolicy
inspector2: GetOnDemandScanStatus ListOnDemandScans StartOnDemandScan
iotthingsgraph: AssociateEntityToThing CreateFlowTemplate CreateSystemInstance CreateSystemTemplate
    DeleteFlowTemplate DeleteNamespace DeleteSystemInstance DeleteSystemTemplate
    DeploySystemInstance DeprecateFlowTemplate DeprecateSystemTemplate DescribeNamespace
    DissociateEntityFromThing GetEntities GetFlowTemplate GetFlowTemplateRevisions
    GetNamespaceDeletionStatus GetSystemInstance GetSystemTemplate GetSystemTemplateRevisions
    GetUploadStatus ListFlowExecutionMessages ListTagsForResource SearchEntities
    SearchFlowExecutions SearchFlowTemplates SearchSystemInstances SearchSystemTemplates
    SearchThings TagResource UndeploySystemInstance UntagResource UpdateFlowTemplate
    UpdateSystemTemplate UploadEntityDefinitions
ivs: CreateFailoverSlateConfiguration DeleteFailoverSlateConfiguration GetFailoverSlateConfiguration
    ListFailoverSlateConfigurations UpdateFailoverSlateConfiguration
ivsrealtime: RevokeConnectionToken
kafkaconnect: PauseConnector RestartConnector ResumeConnector
kinesis: AcknowledgeDeadLetterQueueRecords AcknowledgeQueueRecords CreateQueue DeleteQueue
    DescribeQueue ListQueues ReceiveDeadLetterQueueRecords ReceiveQueueRecords
    RestoreDeadLetterQueueRecords UpdateDeadLetterQueueRecordsVisibility UpdateQueue
    UpdateQueueRecordsVisibility
kinesisanalyticsv2: CreateSnapshot DeleteSnapshot DescribeSnapshot DescribeSnapshotOperation
    ExportSnapshot ImportSnapshot ListSnapshotOperations ListSnapshots
kms: Decapsulate Encapsulate
lakeformation: AssumeDecoratedRoleWithSAML AttachRLSPolicy CreateRLSPolicy DeleteRLSPolicy
    DetachRLSPolicy GetRLSPolicy GetTemporaryGlueFunctionCredentials ListRLSPolicies
    ListRLSPolicyAttachments UpdateRLSPolicy
lambda: DeleteDurableExecution PauseDurableExecution ResumeDurableExecution
lambdacore: CreateRuntime CreateRuntimeAlias CreateRuntimeVersion DeleteRuntime DeleteRuntimeAlias
    DeleteRuntimeVersion GetRuntime GetRuntimeAlias GetRuntimeVersion ListNetworkConnectorVersions
    ListRuntimeAliases ListRuntimeVersions ListRuntimes RestoreRuntime UpdateRuntime
    UpdateRuntimeAlias UpdateRuntimeVersion
lambdaweb: CreateWebFunction CreateWebFunctionEndpoint CreateWebFunctionRevision DeleteWebFunction
    DeleteWebFunctionEndpoint DeleteWebFunctionRevision GetWebAccountSettings GetWebFunction
    GetWebFunctionEndpoint GetWebFunctionRevision ListWebFunctionEndpoints ListWebFunctionRevisions
    ListWebFunctions UpdateWebFunctionEndpoint
lexmodelsv2: ListBotAnalyzerHistory
lightsail: CheckSubdomainAvailability CreateSubdomain DeleteSubdomain GetProfile GetSubdomains
    UpdateSubdomainAssociation
marketplaceagreement: AcceptAgreementApproval GetAgreementApproval GetAgreementContacts
    GetAgreementRequestApprovalPlans GetAgreementRequestTerms ListAgreementApprovals
    RejectAgreementApproval StartAgreementApprovals
mediaconnect: BatchGetDestinationEndpoint BatchGetSourceEndpoint ConnectEndpoints
    DeregisterDestinationEndpoint DeregisterSourceEndpoint DisconnectEndpoints
    GetDestinationEndpoint GetSourceEndpoint ListDestinationEndpoints ListSourceEndpoints
    ListTagsForGlobalResource RegisterDestinationEndpoint RegisterSourceEndpoint TagGlobalResource
    UntagGlobalResource UpdateDestinationEndpoint UpdateSourceEndpoint
mediaconvert: GetJobsQueryResults StartJobsQuery
mediatailor: DeleteFunction GetFunction ListFunctions PutFunction
mgn: CreateRemoteSourceAction DeleteRemoteSourceAction GetLaunchConfigurationDefaults
    ListNetworkMigrationInsights ListRemoteSourceActionInvocationResults
    ListRemoteSourceActionInvocations ListRemoteSourceActionJobs ListRemoteSourceActions
    StartRemoteSourceActionJob UpdateLaunchConfigurationDefaults UpdateRemoteSourceAction
mwaaserverless: CreateAirflowUiUrl
neptunedata: CancelIndexRebuild GetIndexRebuildStatus GetStorageInfo ListIndexRebuilds
    StartIndexRebuild
networkfirewall: CreateFirewallPolicyV2 DeleteFirewallPolicyV2 DescribeFirewallPolicyV2
    ListContextStores ListFirewallPoliciesV2 ListResourcesInContextStore UpdateFirewallPolicyV2
    UpdateProxySettings
networkflowmonitor: CreatePerformanceMonitor DeletePerformanceMonitor GetMonitorScopeSuggestions
    GetPerformanceMonitor GetQueryResultsPerformanceMonitor GetQueryStatusPerformanceMonitor
    ListPerformanceMonitors StartQueryPerformanceMonitor StopQueryPerformanceMonitor
    UpdatePerformanceMonitor
networkmanager: AssociateContextStore CreateContextStore DeleteContextStore DisassociateContextStore
    GetContextStore GetContextStoreAssociation GetContextVersion ListAttachmentNatConfigurations
    ListContextChanges ListContextStoreAssociations ListContextStores ListContexts
    UpdateAttachmentNatConfiguration UpdateContextStore
observabilityadmin: CreateConnector DeleteConnector GetConnector GetConnectorTelemetryManifest
    GetConnectorTelemetrySetup GetThirdPartyTelemetryEnrichment ListConnectors
    ListResourcesByConnector ListThirdPartyTelemetryEnrichments PutConnectorTelemetryManifest
    StartTelemetryPipelineRefresh StartThirdPartyTelemetryEnrichment
    StopThirdPartyTelemetryEnrichment
odb: AssociateVirtualMachinesToCloudVmCluster DisassociateVirtualMachinesFromCloudVmCluster
    UpdateCloudAutonomousVmCluster UpdateCloudExadataInfrastructureStorageCapacity
    UpdateCloudVmCluster UpdateExascaleCloudExadataInfrastructure
opensearch: AddReplicationPeer CompareDomainConfiguration DescribeDomainReplication
    FailoverReplication RemoveReplicationPeer SwitchoverReplication UpdateClone
opensearchmemory: BatchGetEvent CreateEvent CreateMemory CreateSpace DeleteEvent DeleteMemory
    DeleteSpace GetEvent GetMemory GetSpace ListEvents ListMemories ListSpaces ListTagsForResource
    SearchEvents SearchMemories TagResource UntagResource UpdateMemory UpdateSpace
opensearchserverless: CancelIngestionJob CreateIngestionJob CreateIngestionStream
    DeleteIngestionStream GetIngestionJob GetIngestionStream ListIngestionJobs ListIngestionStreams
outposts: StartOutpostDecommission
polly: ListTagsForResource TagResource UntagResource
qconnect: RegisterAssistantReplicaKey RegisterKnowledgeBaseReplicaKey
quicksight: CreateTopicV2 DeleteTopicV2 DescribeResourcePermissions DescribeTopicPermissionsV2
    DescribeTopicV2 ListTopicsV2 SearchTopicsV2 UpdateTopicPermissionsV2 UpdateTopicV2
ram: UpdatePermission
rds: CancelDBCapacityReservation CreateDBCapacityReservation DescribeDBCapacityReservations
    DescribeServerlessV2PlatformVersions ModifyDBCapacityReservation
redshift: ModifyLakehouseConfiguration
redshiftserverless: UpdateLakehouseConfiguration
resiliencehubv2: GetDependencyInsights ListPolicyEvents StartDependencyInsights
route53: CreateResourceRecordSetProtections DeleteResourceRecordSetProtections
    ListResourceRecordSetProtections
route53domains: GetDomainPrices RestoreDomain
route53globalresolver: CreateCoreNetworkEndpoint DeleteCoreNetworkEndpoint GetCoreNetworkEndpoint
    ListCoreNetworkEndpoints ListSharedDNSViews UpdateCoreNetworkEndpoint
route53profiles: UpdateProfileAssociation
route53resolver: BatchCreateFirewallRule BatchDeleteFirewallRule BatchUpdateFirewallRule
s3tables: CompleteTableMigration GetTableBucketLogging GetTableMigration ListTableMigrations
    PutTableBucketLogging StartTableMigration SyncTableMigration UpdateTableMigration
s3vectors: PutVectorBucketDefaultIndexMode UpdateIndexMode UpdateMetadataConfiguration
sagemaker: CreateClusterExtension CreateInferenceRouter CreateTrainingSession DeleteClusterExtension
    DeleteEndpointPolicy DeleteInferenceRouter DeleteTrainingSession DescribeClusterExtension
    DescribeClusterOperation DescribeInferenceRouter DescribeTrainingSession GetEndpointPolicy
    ListClusterExtensionVersions ListClusterExtensions ListClusterOperations ListInferenceRouters
    ListTrainingSessions PutEndpointPolicy StopTrainingSession UpdateClusterExtension
    UpdateInferenceRouter
sagemakerfeaturestoreruntime: UpdateRecord
sagemakerinferencerouterruntime: InvokeInferenceRouter InvokeInferenceRouterAsync
sagemakertrainingsessionruntime: ExecuteSamplingOperation ExecuteTrainingOperation
    GetSamplingOperationResult GetTrainingOperationResult SampleTrainingSession
    SampleTrainingSessionWithResponseStream
secretsmanager: AssociateCrossAccountReplica DisassociateCrossAccountReplica ListResourcePolicies
securityagent: BatchDisassociateFindingIssue BatchExportFindings
securityhub: CancelExportJobV2 GetExportJobV2 GetRemediationsV2 GetSoftwareResourcesV2
    GetSoftwareStatisticsV2 GetSoftwareV2 ListExportJobsV2 ListExposuresByRemediationV2
    RegisterConnectorV2 StartExportJobV2
securityir: GetFindingMetrics
signin: CreateBearerToken CreateOAuth2TokenWithIAM CreateOAuth2TokenWithTokenExchange
    IntrospectOAuth2TokenWithIAM RevokeOAuth2TokenWithIAM
socialmessaging: CreateWhatsAppDataset GetWhatsAppBusinessPublicKey PutWhatsAppBusinessPublicKey
    SendWhatsAppConversionEvent
sso: GetRoleCredentials ListAccountRoles ListAccounts Logout
ssooidc: CreateToken RegisterClient StartDeviceAuthorization
support: CompleteAttachmentUpload DescribeAttachmentUploadStatus GetAttachmentDownloadLink
    GetAttachmentUploadLinks
transcribe: UpdateLanguageModel
wellarchitected: CreateAgentBasicProfile CreateAgentOrganizationalProfile
    CreateAgentOrganizationalReport DeleteAgentOrganizationalReport DeleteAgentProfilePolicy
    DeleteAgentRecommendationPolicy GetAgentOrganizationalReport GetAgentOrganizationalReportData
    GetAgentPreferences GetAgentProfilePolicy GetAgentRecommendationPolicy
    ListAgentOrganizationalReports PutAgentPreferences PutAgentProfilePolicy
    PutAgentRecommendationPolicy SendAgentOrganizationalReportDataToS3
    UpdateAgentOrganizationalProfile
wickr: UpdateNetwork
workspacesinstances: ModifyVolume
"""


def unverified() -> dict[str, set[str]]:
    rows = [row.split() for row in UNVERIFIED.replace("\n    ", " ").strip().splitlines()]
    return {service.removesuffix(":"): set(names) for service, *names in rows}


def is_known(action: str) -> bool:
    found = reference.find_action(action)
    return found is not None and found.name == action


@pytest.mark.proof
def test_the_reference_knows_every_action_but_the_unverified_ones() -> None:
    unknown = {
        service: {
            each.name
            for each in load_operations(service).values()
            if not all(map(is_known, iam_actions(each)))
        }
        for service in load_services()
    }
    assert {service: names for service, names in unknown.items() if names} == unverified()


@pytest.mark.proof
def test_every_operation_needs_an_action() -> None:
    every = [each for service in load_services() for each in load_operations(service).values()]
    assert len(every) > 19_000
    assert [each for each in every if not iam_actions(each)] == []


def exceptional_operations() -> list[Operation]:
    names = {botocore: name for name, botocore in load_services().items()}
    return [
        find_operation(names[service], name[0].lower() + name[1:])
        for service, rows in EXCEPTIONS.items()
        for name in rows
    ]


def test_every_exception_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    with_rows = {each: iam_actions(each) for each in exceptional_operations()}
    monkeypatch.setattr(actions, "EXCEPTIONS", {})
    assert [each for each, found in with_rows.items() if iam_actions(each) == found] == []


def test_every_exception_gives_actions_that_the_reference_knows() -> None:
    found = [action for each in exceptional_operations() for action in iam_actions(each)]
    assert [action for action in found if not is_known(action)] == []


@pytest.mark.proof
def test_every_prefix_is_needed_and_known() -> None:
    known = json.loads(reference.FILE.read_text()).keys()
    assert [name for name in PREFIXES if name in known] == []
    assert [prefix for prefix in PREFIXES.values() if prefix not in known] == []
    signing_names = {
        each.signing_name
        for service in load_services()
        for each in load_operations(service).values()
    }
    assert PREFIXES.keys() <= signing_names


@pytest.mark.parametrize(
    ("service", "action", "expected"),
    [
        ("ec2", "describeInstances", ("ec2:DescribeInstances",)),
        # A prefix of its own.
        ("cloudwatch", "putMetricData", ("cloudwatch:PutMetricData",)),
        ("sfn", "startExecution", ("states:StartExecution",)),
        ("neptune", "describeDBClusters", ("rds:DescribeDBClusters",)),
        # A name of its own.
        ("lambda", "invoke", ("lambda:InvokeFunction",)),
        ("s3", "listObjectsV2", ("s3:ListBucket",)),
        ("s3", "copyObject", ("s3:GetObject", "s3:PutObject")),
        ("s3", "getBucketCors", ("s3:GetBucketCORS",)),
        ("bedrockruntime", "converse", ("bedrock:InvokeModel",)),
        ("kms", "reEncrypt", ("kms:ReEncryptFrom", "kms:ReEncryptTo")),
        ("s3control", "createBucket", ("s3-outposts:CreateBucket",)),
        # Its method, but for what has an action of its own.
        ("apigateway", "getRestApi", ("apigateway:GET",)),
        ("apigatewayv2", "createApi", ("apigateway:POST",)),
        ("apigatewayv2", "createPortal", ("apigateway:CreatePortal",)),
        ("apigatewaymanagementapi", "postToConnection", ("execute-api:ManageConnections",)),
        # It finds its endpoint first.
        (
            "timestreamwrite",
            "writeRecords",
            ("timestream:DescribeEndpoints", "timestream:WriteRecords"),
        ),
        # Newer than the reference.
        ("athena", "getSystemTableConfiguration", ("athena:GetSystemTableConfiguration",)),
    ],
)
def test_an_operation_needs(service: str, action: str, expected: tuple[str, ...]) -> None:
    assert iam_actions(find_operation(service, action)) == expected
