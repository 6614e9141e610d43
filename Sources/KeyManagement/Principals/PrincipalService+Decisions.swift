public import AWSVocabulary
import AccountHome
public import PolicyEngine

extension PrincipalService {
    /// Decides a call on something that has no policy of its own, by the caller's IAM policies alone: what SES and S3
    /// ask about their callers.
    ///
    /// - Parameters:
    ///   - action: The action, such as `ses:CreateReceiptRule`.
    ///   - resource: The resource's ARN, or `*`.
    ///   - caller: Who asks.
    ///   - region: Where; the home's own where it is `nil`.
    /// - Throws: `.home`, when the principals cannot be read; the call must be refused then.
    public func decide(
        _ action: String, on resource: String, by caller: Caller, region: Region? = nil
    ) throws(Failure) -> Decision {
        let principal = try keyring().principals[caller.principalARN ?? ""]
        let context = RequestContext.global(
            for: caller, at: keys.surroundings.now(), region: region ?? keys.home.region,
            userID: principal?.uniqueID)
        let request = AuthorizationRequest(
            caller: caller, action: action, resource: resource, resourceAccount: keys.home.account,
            context: context)
        return Evaluator.decideIdentityOnly(request, identityPolicies: principal?.policies ?? [])
    }
}
