public import StrictJSON

// Rules and filters as JSON, member for member as the SES API and the AWS command line write them. The same
// documents are stored in the account's database.

extension ReceiptRule {
    /// The rule as a document.
    public var json: JSONValue {
        var object = JSONObject()
        object["Name"] = .string(name)
        object["Enabled"] = .bool(isEnabled)
        object["TlsPolicy"] = .string(tlsPolicy.rawValue)
        object["Recipients"] = .array(recipients.map { .string($0.text) })
        object["Actions"] = .array(actions.map(\.json))
        object["ScanEnabled"] = .bool(isScanEnabled)
        return .object(object)
    }
}

extension ReceiptAction {
    /// The action as a document: an object with one member, which is named after the kind of action.
    public var json: JSONValue { .object(JSONObject([(memberName, .object(members))])) }

    private var members: JSONObject {
        switch self {
        case .s3(let action):
            Self.object([
                ("BucketName", action.bucketName), ("ObjectKeyPrefix", action.objectKeyPrefix),
                ("KmsKeyArn", action.kmsKeyARN), ("TopicArn", action.topicARN),
                ("IamRoleArn", action.iamRoleARN),
            ])
        case .sns(let action):
            Self.object([("TopicArn", action.topicARN), ("Encoding", action.encoding.rawValue)])
        case .lambda(let action):
            Self.object([
                ("FunctionArn", action.functionARN), ("InvocationType", action.invocationType?.rawValue),
                ("TopicArn", action.topicARN),
            ])
        case .bounce(let action):
            Self.object([
                ("SmtpReplyCode", action.smtpReplyCode), ("StatusCode", action.statusCode),
                ("Message", action.message), ("Sender", action.sender), ("TopicArn", action.topicARN),
            ])
        case .addHeader(let action):
            Self.object([("HeaderName", action.headerName), ("HeaderValue", action.headerValue)])
        case .stop(let action):
            Self.object([("Scope", action.scope.rawValue), ("TopicArn", action.topicARN)])
        case .workMail(let action):
            Self.object([("OrganizationArn", action.organizationARN), ("TopicArn", action.topicARN)])
        case .connect(let action):
            Self.object([("InstanceARN", action.instanceARN), ("IAMRoleARN", action.iamRoleARN)])
        }
    }

    private static func object(_ members: [(String, String?)]) -> JSONObject {
        JSONObject(members.compactMap { name, value in value.map { (name, .string($0)) } })
    }
}

extension IPFilter {
    /// The filter as a document.
    public var json: JSONValue {
        [
            "Name": .string(name),
            "IpFilter": ["Policy": .string(policy.rawValue), "Cidr": .string(block.text)],
        ]
    }
}
