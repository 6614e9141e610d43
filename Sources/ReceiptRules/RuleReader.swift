public import StrictJSON

extension ReceiptRule {
    /// Reads a rule as the API or a stored document has it; members left out take the API's defaults.
    ///
    /// - Throws: `.validation` for everything that is wrong with the shape, then `.invalidParameterValue` for
    ///   a name or a recipient that is not one.
    public init(document: JSONValue?) throws(ReceiptRulesError) {
        var shape = Shape()
        let draft = RuleDraft(document, shape: &shape)
        try shape.check()
        self = try draft.rule()
    }
}

/// A rule whose shape is right; names and recipients are not looked at yet.
struct RuleDraft {
    var name = ""
    private var isEnabled = false
    private var tlsPolicy = ReceiptRule.TLSPolicy.optional
    private var recipients: [String] = []
    private var actions: [ReceiptAction] = []
    private var isScanEnabled = false

    /// Reads what it can, and notes in `shape` what it cannot.
    init(_ document: JSONValue?, shape: inout Shape) {
        let path = "rule"
        let known = ["Name", "Enabled", "TlsPolicy", "Recipients", "Actions", "ScanEnabled"]
        guard let object = shape.object(document, at: path, known: known) else { return }
        name = shape.optionalText("Name", of: object, at: path) ?? ""
        shape.requireName(object["Name"]?.string, at: "rule.name")
        isEnabled = shape.flag("Enabled", of: object, at: path)
        tlsPolicy = shape.optionalChoice("TlsPolicy", of: object, at: path) ?? .optional
        for (index, element) in shape.list("Recipients", of: object, at: path).enumerated() {
            if let text = element.string {
                recipients.append(text)
            } else {
                shape.violate("rule.recipients.\(index + 1).member", "be a string")
            }
        }
        for (index, element) in shape.list("Actions", of: object, at: path).enumerated() {
            let reader = ActionReader(path: "rule.actions.\(index + 1).member")
            if let action = reader.action(element, shape: &shape) { actions.append(action) }
        }
        isScanEnabled = shape.flag("ScanEnabled", of: object, at: path)
    }

    /// The rule.
    func rule() throws(ReceiptRulesError) -> ReceiptRule {
        try Names.check(name, as: "ruleName")
        var conditions: [RecipientCondition] = []
        for text in recipients {
            guard let condition = try? RecipientCondition(text) else {
                throw .invalidParameterValue("Not a valid recipient: \(text)")
            }
            conditions.append(condition)
        }
        return ReceiptRule(
            name: name, isEnabled: isEnabled, tlsPolicy: tlsPolicy, recipients: conditions, actions: actions,
            isScanEnabled: isScanEnabled)
    }
}

/// Reads one action of a rule.
struct ActionReader {
    let path: String

    private static let kinds = [
        "S3Action", "BounceAction", "WorkmailAction", "LambdaAction", "StopAction", "AddHeaderAction",
        "SNSAction", "ConnectAction",
    ]

    /// The action, or `nil` when something is wrong with it, which `shape` then knows.
    func action(_ document: JSONValue, shape: inout Shape) -> ReceiptAction? {
        guard let object = shape.object(document, at: path, known: Self.kinds) else { return nil }
        let present = object.members.filter { Self.kinds.contains($0.name) && !$0.value.isNull }
        guard present.count == 1, let (kind, value) = present.first else {
            shape.violate(path, "have exactly one action")
            return nil
        }
        let place = Shape.member(kind, of: path)
        switch kind {
        case "S3Action": return s3(value, at: place, shape: &shape)
        case "SNSAction": return sns(value, at: place, shape: &shape)
        case "LambdaAction": return lambda(value, at: place, shape: &shape)
        case "BounceAction": return bounce(value, at: place, shape: &shape)
        case "AddHeaderAction": return addHeader(value, at: place, shape: &shape)
        case "StopAction": return stop(value, at: place, shape: &shape)
        case "WorkmailAction": return workMail(value, at: place, shape: &shape)
        default: return connect(value, at: place, shape: &shape)
        }
    }

    private func s3(_ value: JSONValue, at place: String, shape: inout Shape) -> ReceiptAction? {
        let known = ["BucketName", "ObjectKeyPrefix", "KmsKeyArn", "TopicArn", "IamRoleArn"]
        guard let object = shape.object(value, at: place, known: known),
            let bucketName = shape.text("BucketName", of: object, at: place)
        else { return nil }
        return .s3(
            S3Action(
                bucketName: bucketName,
                objectKeyPrefix: shape.optionalText("ObjectKeyPrefix", of: object, at: place),
                kmsKeyARN: shape.optionalText("KmsKeyArn", of: object, at: place),
                topicARN: shape.optionalText("TopicArn", of: object, at: place),
                iamRoleARN: shape.optionalText("IamRoleArn", of: object, at: place)))
    }

    private func sns(_ value: JSONValue, at place: String, shape: inout Shape) -> ReceiptAction? {
        guard let object = shape.object(value, at: place, known: ["TopicArn", "Encoding"]) else { return nil }
        let topicARN = shape.text("TopicArn", of: object, at: place)
        let encoding: SNSAction.Encoding? = shape.optionalChoice("Encoding", of: object, at: place)
        return topicARN.map { .sns(SNSAction(topicARN: $0, encoding: encoding ?? .utf8)) }
    }

    private func lambda(_ value: JSONValue, at place: String, shape: inout Shape) -> ReceiptAction? {
        let known = ["FunctionArn", "InvocationType", "TopicArn"]
        guard let object = shape.object(value, at: place, known: known) else { return nil }
        let functionARN = shape.text("FunctionArn", of: object, at: place)
        let invocationType: LambdaAction.InvocationType? = shape.optionalChoice(
            "InvocationType", of: object, at: place)
        let topicARN = shape.optionalText("TopicArn", of: object, at: place)
        return functionARN.map {
            .lambda(LambdaAction(functionARN: $0, invocationType: invocationType, topicARN: topicARN))
        }
    }

    private func bounce(_ value: JSONValue, at place: String, shape: inout Shape) -> ReceiptAction? {
        let known = ["SmtpReplyCode", "StatusCode", "Message", "Sender", "TopicArn"]
        guard let object = shape.object(value, at: place, known: known) else { return nil }
        // Observed: missing members are reported in this order.
        let code = shape.text("SmtpReplyCode", of: object, at: place)
        let sender = shape.text("Sender", of: object, at: place)
        let message = shape.text("Message", of: object, at: place)
        let statusCode = shape.optionalText("StatusCode", of: object, at: place)
        let topicARN = shape.optionalText("TopicArn", of: object, at: place)
        guard let code, let sender, let message else { return nil }
        return .bounce(
            BounceAction(
                smtpReplyCode: code, statusCode: statusCode, message: message, sender: sender,
                topicARN: topicARN))
    }

    private func addHeader(_ value: JSONValue, at place: String, shape: inout Shape) -> ReceiptAction? {
        guard let object = shape.object(value, at: place, known: ["HeaderName", "HeaderValue"]) else {
            return nil
        }
        let name = shape.text("HeaderName", of: object, at: place)
        let body = shape.text("HeaderValue", of: object, at: place)
        guard let name, let body else { return nil }
        return .addHeader(AddHeaderAction(headerName: name, headerValue: body))
    }

    private func stop(_ value: JSONValue, at place: String, shape: inout Shape) -> ReceiptAction? {
        guard let object = shape.object(value, at: place, known: ["Scope", "TopicArn"]) else { return nil }
        let scope: StopAction.Scope? = shape.choice("Scope", of: object, at: place)
        let topicARN = shape.optionalText("TopicArn", of: object, at: place)
        return scope.map { .stop(StopAction(scope: $0, topicARN: topicARN)) }
    }

    private func workMail(_ value: JSONValue, at place: String, shape: inout Shape) -> ReceiptAction? {
        guard let object = shape.object(value, at: place, known: ["OrganizationArn", "TopicArn"]) else {
            return nil
        }
        let organizationARN = shape.text("OrganizationArn", of: object, at: place)
        let topicARN = shape.optionalText("TopicArn", of: object, at: place)
        return organizationARN.map { .workMail(WorkMailAction(organizationARN: $0, topicARN: topicARN)) }
    }

    private func connect(_ value: JSONValue, at place: String, shape: inout Shape) -> ReceiptAction? {
        guard let object = shape.object(value, at: place, known: ["InstanceARN", "IAMRoleARN"]) else {
            return nil
        }
        let instanceARN = shape.text("InstanceARN", of: object, at: place)
        let iamRoleARN = shape.text("IAMRoleARN", of: object, at: place)
        guard let instanceARN, let iamRoleARN else { return nil }
        return .connect(ConnectAction(instanceARN: instanceARN, iamRoleARN: iamRoleARN))
    }
}

extension IPFilter {
    /// Reads a filter as the API or a stored document has it.
    ///
    /// - Throws: `.validation` for everything that is wrong with the shape, then `.invalidParameterValue` for
    ///   a name or an address block that is not one.
    public init(document: JSONValue?) throws(ReceiptRulesError) {
        var shape = Shape()
        var policy: Policy?
        var cidr: String?
        let object = shape.object(document, at: "filter", known: ["Name", "IpFilter"])
        if let object {
            shape.requireName(shape.optionalText("Name", of: object, at: "filter"), at: "filter.name")
            let path = "filter.ipFilter"
            if let inner = shape.object(object["IpFilter"], at: path, known: ["Policy", "Cidr"]) {
                policy = shape.choice("Policy", of: inner, at: path)
                cidr = shape.text("Cidr", of: inner, at: path)
            }
        }
        try shape.check()
        guard let name = object?["Name"]?.string, let policy, let cidr else {
            preconditionFailure("a filter of the right shape has a name, a policy and a block")
        }
        try Names.check(name, as: "filterName")
        guard let block = AddressBlock(cidr) else {
            throw .invalidParameterValue("Invalid CIDR block: \(cidr)")
        }
        self.init(name: name, policy: policy, block: block)
    }
}
