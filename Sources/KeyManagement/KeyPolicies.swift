import AWSVocabulary
import PolicyEngine
import StrictJSON

/// The key policy: what it is when nobody gives one, and what is accepted.
///
/// Source: KMS Developer Guide, "Default key policy", "Key policies in AWS KMS".
enum KeyPolicies {
    /// The only name a key's policy has.
    static let name = "default"

    /// The policy of a key that was made without one: IAM decides, which in effect lets the root do
    /// everything.
    static func standard(for account: AccountID) -> String {
        let statement: JSONValue = [
            "Sid": "Enable IAM User Permissions", "Effect": "Allow",
            "Principal": ["AWS": .string(ARN.accountRoot(account).text)], "Action": "kms:*", "Resource": "*",
        ]
        let policy: JSONValue = ["Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]]
        return policy.text(pretty: true)
    }
}

extension Invocation {
    /// The policy document that a request gives, or the default one.
    ///
    /// - Throws: `.limitExceeded` when it is too long, `.malformedPolicyDocument` when it is not acceptable.
    func policy(_ text: String?, forKeyAt reference: KeyReference) throws(KeyManagementError)
        -> PolicyDocument
    {
        let document: PolicyDocument
        do throws(PolicyError) {
            document = try PolicyDocument(
                parsing: text ?? KeyPolicies.standard(for: reference.place.account), kind: .keyPolicy)
        } catch {
            if case .tooLong = error { throw .limitExceeded("\(error)") }
            throw .malformedPolicyDocument("\(error)")
        }
        for arn in document.namedPrincipals where !exists(arn) {
            throw .malformedPolicyDocument(
                "Policy contains a statement with one or more invalid principals: \(arn)")
        }
        return document
    }

    /// Whether a user, role or session named in a policy or grant exists, as far as that can be known:
    /// accounts without any principal here are somebody else's to manage.
    func exists(_ arn: ARN) -> Bool {
        guard let account = arn.accountID, arn.resource != "root" else { return true }
        let isManaged = keyring.principals.values.contains { $0.arn.accountID == account }
        guard isManaged else { return true }
        if keyring.principals[arn.text] != nil { return true }
        guard let caller = try? Caller(principal: arn), let owner = caller.principalARN else {
            // Federated users and whatever else nobody here can be.
            return arn.service != "iam"
        }
        return keyring.principals[owner] != nil || owner == ARN.accountRoot(account).text
    }

    /// Refuses a policy under which the caller could not change it back.
    func checkLockout(of key: Key, by policy: PolicyDocument) throws(KeyManagementError) {
        let decision = decide(
            key, by: policy, action: Operation.putKeyPolicy.action,
            context: context(for: NamedKey(key: key, alias: nil)),
            grant: nil)
        guard decision.isAllowed else {
            throw .malformedPolicyDocument(
                "The new key policy will not allow you to update the key policy in the future.")
        }
    }
}
