public import AWSVocabulary
public import AccountHome
public import KeyManagement
public import ReceiptRules
public import Trail

/// The services of one account, opened on its home: what the daemon, the server and the companion share.
///
/// Several programs may have one home open at the same time; each obeys what another changed with its next call.
public struct AccountServices: Sendable {
    /// The account's durable state.
    public let home: Home
    /// The record of every call.
    public let trail: Trail
    /// KMS.
    public let keys: KeyService
    /// Users, roles, their policies and access keys.
    public let principals: PrincipalService
    /// The receipt rules.
    public let rules: RuleService

    /// Opens the services on the home in `directory`.
    ///
    /// - Parameters:
    ///   - directory: The home.
    ///   - creating: Whether a home may be made where there is none.
    ///   - options: Account and Region of a new home.
    ///   - rootKey: Where the key comes from under which everything secret is sealed.
    ///   - surroundings: The clock and the random source.
    public static func open(
        at directory: String, creating: Bool, options: Home.Options = Home.Options(),
        rootKey: RootKey.Source = .file, surroundings: Surroundings
    ) throws(DaemonError) -> AccountServices {
        let home: Home
        do throws(HomeError) {
            home = try Home.open(at: directory, creating: creating, options: options, rootKey: rootKey)
        } catch {
            throw .home(error)
        }
        let trail: Trail
        do throws(TrailError) {
            trail = try Trail(
                directory: home.trailDirectory, account: home.account, region: home.region,
                surroundings: surroundings)
        } catch {
            throw .trail(error)
        }
        let keys = KeyService(home: home, trail: trail, surroundings: surroundings)
        let rules: RuleService
        do throws(ReceiptRulesError) {
            rules = try RuleService(home: home, surroundings: surroundings)
        } catch {
            throw .rules(error)
        }
        return AccountServices(
            home: home, trail: trail, keys: keys, principals: PrincipalService(keys), rules: rules)
    }
}
