import AWSVocabulary
import AccountHome
import FoundationEssentials
import GRDB
import PolicyEngine
import StrictJSON

/// What `ReplicateKey` is asked.
public struct ReplicateKeyRequest: Sendable, Equatable {
    /// A key ID or key ARN of a multi-Region primary key.
    public var keyID: String?
    /// Where the replica shall live.
    public var replicaRegion: String?
    /// The replica's policy; the default policy where it is `nil`.
    public var policy: String?
    /// Whether to accept a policy that locks the caller out.
    public var bypassPolicyLockoutSafetyCheck: Bool?
    /// Free text, at most 8,192 characters.
    public var description: String?
    /// At most 50.
    public var tags: [ResourceTag]?

    /// Makes a request.
    public init(
        keyID: String?, replicaRegion: String?, policy: String? = nil,
        bypassPolicyLockoutSafetyCheck: Bool? = nil,
        description: String? = nil, tags: [ResourceTag]? = nil
    ) {
        self.keyID = keyID
        self.replicaRegion = replicaRegion
        self.policy = policy
        self.bypassPolicyLockoutSafetyCheck = bypassPolicyLockoutSafetyCheck
        self.description = description
        self.tags = tags
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("replicaRegion", replicaRegion)
        members.put("policy", policy)
        members.put("bypassPolicyLockoutSafetyCheck", bypassPolicyLockoutSafetyCheck ?? false)
        members.put("description", description ?? "")
        if let tags, !tags.isEmpty { members["tags"] = Tags.json(tags, lowerCamelCase: true) }
        return members
    }
}

/// What `ReplicateKey` answers.
public struct ReplicateKeyResponse: Sendable, Equatable {
    /// The replica's metadata.
    public var replicaKeyMetadata: KeyMetadata
    /// The replica's policy.
    public var replicaPolicy: String
    /// The replica's tags.
    public var replicaTags: [ResourceTag]
}

extension KeyService {
    /// Makes a replica of a multi-Region primary key in another Region, with the same ID and material.
    ///
    /// - Throws: `.unsupportedOperation` unless the key is a primary, `.alreadyExists` for a second replica.
    ///
    /// Source: KMS API, `ReplicateKey`.
    public func replicateKey(
        _ request: ReplicateKeyRequest, by call: Call
    ) throws(KeyManagementError) -> ReplicateKeyResponse {
        try change(.replicateKey, by: call, request.parameters) { invocation, store in
            let region = try request.checkedRegion()
            let tags = request.tags ?? []
            let key = try invocation.key(request.keyID)
            try invocation.authorizeReplication(of: key, to: region, tags)
            try key.checkIsPrimary()
            try key.check(.use)
            guard region != key.reference.place.region else {
                throw KeyManagementError.validation(
                    "The replica Region must differ from the primary key's Region.")
            }
            let reference = KeyReference(place: KeyPlace(account: key.account, region: region), id: key.id)
            guard invocation.keyring.keys[reference] == nil else {
                throw KeyManagementError.alreadyExists("Key '\(reference.arn)' already exists")
            }
            let policy = try invocation.policy(request.policy, forKeyAt: reference)
            let attributes = key.replicaAttributes(request, at: invocation.now)
            if request.bypassPolicyLockoutSafetyCheck != true, request.policy != nil {
                try invocation.checkLockout(
                    of: Key(reference: reference, attributes: attributes, policy: policy, materials: []),
                    by: policy)
            }
            try store.save(reference, attributes, policy: policy.text)
            let materials = key.attributes.origin == .awsKMS ? try copyMaterials(of: key, to: reference) : []
            for material in materials { try store.save(material, of: reference) }
            let metadata = invocation.metadata(reference, attributes, materials)
            invocation.record.responseElements = [
                "replicaKeyMetadata": JSONValue.object(metadata.json).lowerCamelCased
            ]
            return ReplicateKeyResponse(
                replicaKeyMetadata: metadata, replicaPolicy: policy.text, replicaTags: tags)
        }
    }

    /// Every material of a key, sealed for another.
    private func copyMaterials(
        of key: Key, to reference: KeyReference
    ) throws(KeyManagementError) -> [MaterialRow] {
        var rows: [MaterialRow] = []
        for material in key.materials {
            let opened = try material.open(with: home.rootKey)
            var row = material.row
            row.sealed = try seal(opened.secret, as: KeyMaterial.sealName(key: reference, id: material.id))
            rows.append(row)
        }
        return rows
    }
}

extension ReplicateKeyRequest {
    fileprivate func checkedRegion() throws(KeyManagementError) -> Region {
        var shape = Shape()
        shape.requireKeyID(keyID)
        shape.requireRegion(replicaRegion, "replicaRegion")
        shape.text(policy, "policy", 1...131_072)
        shape.text(description, "description", 0...8192)
        Tags.check(tags, &shape)
        try shape.check()
        try Tags.check(tags ?? [])
        return try Shape.region(replicaRegion)
    }
}

extension Shape {
    /// The name of a Region that must be there.
    mutating func requireRegion(_ value: String?, _ member: String) {
        requireText(value, member, atMost: 32)
        pattern(value, member, "^([a-z]+-){2,3}\\d+$") { (try? Region($0)) != nil }
    }

    /// A Region whose shape has been checked.
    static func region(_ value: String?) throws(KeyManagementError) -> Region {
        do throws(VocabularyError) {
            return try Region(value ?? "")
        } catch {
            throw .validation("\(error)")
        }
    }
}

extension Key {
    /// Refuses every key but a multi-Region primary.
    func checkIsPrimary() throws(KeyManagementError) {
        guard id.isMultiRegion, isPrimary else {
            throw .unsupportedOperation("\(arn) is not a multi-region primary key.")
        }
    }

    fileprivate func replicaAttributes(_ request: ReplicateKeyRequest, at now: Date) -> KeyAttributes {
        KeyAttributes(
            spec: spec, usage: usage, origin: attributes.origin, manager: .customer,
            state: attributes.origin == .external ? .pendingImport : .enabled,
            description: request.description ?? "", created: now, tags: request.tags ?? [],
            primaryRegion: attributes.primaryRegion)
    }
}

extension Invocation {
    /// Decides `kms:ReplicateKey` on the primary, and `kms:CreateKey` by IAM in the replica's Region.
    fileprivate func authorizeReplication(
        of key: Key, to region: Region, _ tags: [ResourceTag]
    ) throws(KeyManagementError) {
        try authorize(key) { context in
            context.set(region.text, for: "kms:ReplicaRegion")
            if let primary = key.attributes.primaryRegion {
                context.set(primary.text, for: "kms:PrimaryRegion")
            }
            Tags.addConditionKeys(tags, to: &context)
        }
        var context = context()
        context.set(region.text, for: "aws:RequestedRegion")
        context.set("REPLICA", for: "kms:MultiRegionKeyType")
        context.set("true", for: "kms:MultiRegion")
        Tags.addConditionKeys(tags, to: &context)
        let request = AuthorizationRequest(
            caller: caller, action: Operation.createKey.action, resource: "*", resourceAccount: key.account,
            context: context)
        let decision = Evaluator.decideIdentityOnly(request, identityPolicies: identityPolicies)
        if !decision.isAllowed { throw .accessDenied(decision.refusalText) }
    }
}
