import AWSVocabulary
public import Cryptography
import FoundationEssentials
import PolicyEngine
import StrictJSON

/// What `CreateKey` is asked.
public struct CreateKeyRequest: Sendable, Equatable {
    /// The key policy; the default policy where it is `nil`.
    public var policy: String?
    /// Free text, at most 8,192 characters.
    public var description: String?
    /// What the key is for; may be left out for symmetric keys only.
    public var keyUsage: String?
    /// The kind of material; `SYMMETRIC_DEFAULT` where it is `nil`.
    public var keySpec: String?
    /// The old name of `keySpec`.
    public var customerMasterKeySpec: String?
    /// `AWS_KMS`, or `EXTERNAL` for material that will be imported.
    public var origin: String?
    /// At most 50.
    public var tags: [ResourceTag]?
    /// Whether the key can be replicated to other Regions.
    public var multiRegion: Bool?
    /// Whether to accept a policy that locks the caller out.
    public var bypassPolicyLockoutSafetyCheck: Bool?

    /// Makes a request; everything is optional.
    public init(
        policy: String? = nil, description: String? = nil, keyUsage: String? = nil, keySpec: String? = nil,
        customerMasterKeySpec: String? = nil, origin: String? = nil, tags: [ResourceTag]? = nil,
        multiRegion: Bool? = nil,
        bypassPolicyLockoutSafetyCheck: Bool? = nil
    ) {
        self.policy = policy
        self.description = description
        self.keyUsage = keyUsage
        self.keySpec = keySpec
        self.customerMasterKeySpec = customerMasterKeySpec
        self.origin = origin
        self.tags = tags
        self.multiRegion = multiRegion
        self.bypassPolicyLockoutSafetyCheck = bypassPolicyLockoutSafetyCheck
    }

    /// The record spells the defaults out.
    var parameters: JSONObject {
        let spec = keySpec ?? customerMasterKeySpec ?? KeySpec.symmetricDefault.rawValue
        var members = JSONObject()
        members.put("policy", policy)
        members.put("description", description ?? "")
        members.put("keyUsage", keyUsage ?? KeyUsage.encryptDecrypt.rawValue)
        members.put("customerMasterKeySpec", spec)
        members.put("keySpec", spec)
        members.put("origin", origin ?? KeyOrigin.awsKMS.rawValue)
        members.put("multiRegion", multiRegion ?? false)
        members.put("bypassPolicyLockoutSafetyCheck", bypassPolicyLockoutSafetyCheck ?? false)
        if let tags, !tags.isEmpty { members["tags"] = Tags.json(tags, lowerCamelCase: true) }
        return members
    }
}

/// An ID and material that are decided beforehand, for homes that must be alike on every machine.
///
/// There is no way to it over the wire: a seed file has it, an API caller does not.
public struct FixedKey: Sendable {
    let id: KeyID?
    let material: OpenedMaterial?

    /// Fixes the ID; it must be a multi-Region ID exactly where the request is for a multi-Region key.
    public init(id: KeyID) {
        self.id = id
        material = nil
    }

    /// Fixes the material, and the ID where one is given.
    ///
    /// - Parameter material: As long as the spec wants, or PKCS #8 for key pairs.
    public init(id: KeyID?, material: consuming SecretBytes) {
        self.id = id
        self.material = OpenedMaterial(material)
    }
}

extension KeyService {
    /// Makes a key.
    ///
    /// - Parameter fixed: An ID and material to use instead of random ones.
    /// - Returns: The new key's metadata.
    /// - Throws: `.validation`, `.tag`, `.unsupportedOperation`, `.malformedPolicyDocument`,
    ///   `.limitExceeded`, `.accessDenied`; `.alreadyExists` when a fixed ID is taken.
    ///
    /// Source: KMS API, `CreateKey`.
    public func createKey(
        _ request: CreateKeyRequest, by call: Call, fixing fixed: FixedKey? = nil
    ) throws(KeyManagementError) -> KeyMetadata {
        // A key pair takes up to seconds to make, too long for a transaction that others wait for.
        let made = try prepare(.createKey, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) -> OpenedMaterial? in
            let plan = try CreationPlan(request)
            try invocation.authorizeCreation(plan, request)
            if let material = fixed?.material {
                try plan.spec.check(material.secret)
                return material
            }
            guard plan.spec.isAsymmetric, plan.origin == .awsKMS else { return nil }
            return OpenedMaterial(try plan.spec.makeMaterial())
        }
        return try change(.createKey, by: call, request.parameters) { invocation, store in
            let plan = try CreationPlan(request)
            try invocation.authorizeCreation(plan, request)
            let draft = try invocation.draft(plan, request, id: fixed?.id)
            var materials: [MaterialRow] = []
            if plan.origin == .awsKMS {
                materials.append(try material(plan.spec, made, for: draft.reference, at: invocation.now))
            }
            try store.save(draft, draft.attributes)
            for material in materials { try store.save(material, of: draft.reference) }
            let metadata = invocation.metadata(draft.reference, draft.attributes, materials)
            invocation.record.touch(draft)
            invocation.record.responseElements = [
                "keyMetadata": JSONValue.object(metadata.json).lowerCamelCased
            ]
            return metadata
        }
    }

    private func material(
        _ spec: KeySpec, _ made: OpenedMaterial?, for key: KeyReference, at now: Date
    ) throws(KeyManagementError) -> MaterialRow {
        guard let made else { return try newMaterial(spec.makeMaterial(), for: key, at: now) }
        return try newMaterial(made.secret, for: key, at: now)
    }
}

/// What a request to make a key comes down to.
struct CreationPlan {
    let spec: KeySpec
    let usage: KeyUsage
    let origin: KeyOrigin
    let isMultiRegion: Bool
    let description: String
    let tags: [ResourceTag]

    /// Checks the request's shape and the combination of its members.
    init(_ request: CreateKeyRequest) throws(KeyManagementError) {
        var shape = Shape()
        shape.text(request.description, "description", 0...8192)
        let specs = KeySpec.allCases.map(\.rawValue) + KeySpec.unsupportedNames
        shape.choice(request.keySpec, "keySpec", specs)
        shape.choice(request.customerMasterKeySpec, "customerMasterKeySpec", specs)
        shape.choice(
            request.keyUsage, "keyUsage", KeyUsage.allCases.map(\.rawValue) + ["ENCAPSULATE_DECAPSULATE"])
        shape.choice(
            request.origin, "origin",
            KeyOrigin.allCases.map(\.rawValue) + ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"])
        shape.text(request.policy, "policy", 1...131_072)
        Tags.check(request.tags, &shape)
        try shape.check()
        if request.keySpec != nil, request.customerMasterKeySpec != nil {
            throw .validation("You cannot specify KeySpec and CustomerMasterKeySpec in the same request.")
        }
        let name = request.keySpec ?? request.customerMasterKeySpec ?? KeySpec.symmetricDefault.rawValue
        guard let spec = KeySpec(rawValue: name) else {
            throw .unsupportedOperation("KeySpec \(name) is not supported.")
        }
        guard let origin = KeyOrigin(rawValue: request.origin ?? KeyOrigin.awsKMS.rawValue) else {
            throw .unsupportedOperation("Custom key stores are not supported.")
        }
        usage = try Self.usage(request.keyUsage, spec)
        self.spec = spec
        self.origin = origin
        isMultiRegion = request.multiRegion ?? false
        description = request.description ?? ""
        tags = request.tags ?? []
        try Tags.check(tags)
    }

    private static func usage(_ name: String?, _ spec: KeySpec) throws(KeyManagementError) -> KeyUsage {
        guard let name else {
            if spec == .symmetricDefault { return .encryptDecrypt }
            throw .validation(
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
        }
        guard let usage = KeyUsage(rawValue: name), spec.usages.contains(usage) else {
            throw .validation("KeyUsage \(name) is not compatible with KeySpec \(spec.rawValue)")
        }
        return usage
    }

    func attributes(at now: Date, in place: KeyPlace) -> KeyAttributes {
        KeyAttributes(
            spec: spec, usage: usage, origin: origin, manager: .customer,
            state: origin == .external ? .pendingImport : .enabled, description: description, created: now,
            tags: tags, primaryRegion: isMultiRegion ? place.region : nil)
    }
}

extension Invocation {
    /// Decides `kms:CreateKey` on what the key is going to be.
    func authorizeCreation(_ plan: CreationPlan, _ request: CreateKeyRequest) throws(KeyManagementError) {
        try authorize { context in
            context.set(plan.spec.rawValue, for: "kms:KeySpec")
            context.set(plan.spec.rawValue, for: "kms:CustomerMasterKeySpec")
            context.set(plan.usage.rawValue, for: "kms:KeyUsage")
            context.set(plan.usage.rawValue, for: "kms:CustomerMasterKeyUsage")
            context.set(plan.origin.rawValue, for: "kms:KeyOrigin")
            context.set(plan.isMultiRegion ? "true" : "false", for: "kms:MultiRegion")
            if plan.isMultiRegion { context.set("PRIMARY", for: "kms:MultiRegionKeyType") }
            let bypasses = request.bypassPolicyLockoutSafetyCheck ?? false
            context.set(bypasses ? "true" : "false", for: "kms:BypassPolicyLockoutSafetyCheck")
            Tags.addConditionKeys(plan.tags, to: &context)
        }
    }

    /// The key that a request asks for, without material: ID, attributes and policy, checked.
    fileprivate func draft(
        _ plan: CreationPlan, _ request: CreateKeyRequest, id fixedID: KeyID?
    ) throws(KeyManagementError) -> Key {
        let place = try place
        try checkKeyLimit(in: place)
        let id = fixedID ?? .random(service.surroundings, isMultiRegion: plan.isMultiRegion)
        guard id.isMultiRegion == plan.isMultiRegion else {
            throw .validation("Key ID \(id) does not suit MultiRegion \(plan.isMultiRegion)")
        }
        let reference = KeyReference(place: place, id: id)
        guard keyring.keys[reference] == nil else {
            throw .alreadyExists("Key '\(reference.arn)' already exists")
        }
        let policy = try policy(request.policy, forKeyAt: reference)
        let draft = Key(
            reference: reference, attributes: plan.attributes(at: now, in: place), policy: policy,
            materials: [])
        if request.policy != nil, request.bypassPolicyLockoutSafetyCheck != true {
            try checkLockout(of: draft, by: policy)
        }
        return draft
    }

    /// An account holds at most 100,000 keys in one Region.
    func checkKeyLimit(in place: KeyPlace) throws(KeyManagementError) {
        guard keyring.keys.count >= 100_000 else { return }
        let count = keyring.keys.keys.count { $0.place == place }
        if count >= 100_000 { throw .limitExceeded("The account has reached its limit of 100000 KMS keys.") }
    }
}
