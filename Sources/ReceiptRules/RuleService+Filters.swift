import AWSVocabulary
public import Mail
public import StrictJSON

extension RuleService {
    /// `CreateReceiptFilter`: adds a filter.
    ///
    /// - Parameter document: The filter, as ``IPFilter/init(document:)`` reads it.
    /// - Throws: `.alreadyExists`, `.limitExceeded` beyond 100.
    public func createReceiptFilter(_ document: JSONValue?) throws(ReceiptRulesError) {
        let filter = try IPFilter(document: document)
        try write { database in
            let present = try RuleStore.filters(in: database)
            guard !present.contains(where: { $0.name == filter.name }) else {
                throw ReceiptRulesError.alreadyExists(.filter, name: filter.name)
            }
            guard present.count < Self.maximumFilterCount else {
                throw ReceiptRulesError.limitExceeded("Too many filters")
            }
            try RuleStore.insertFilter(filter, in: database)
        }
    }

    /// `ListReceiptFilters`: all filters, oldest first.
    public func listReceiptFilters() throws(ReceiptRulesError) -> [IPFilter] { try activeRules().filters }

    /// `DeleteReceiptFilter`: deletes a filter; a name that is unknown or malformed is no error.
    ///
    /// - Throws: `.validation` without a name.
    public func deleteReceiptFilter(named name: String?) throws(ReceiptRulesError) {
        guard let name else {
            var shape = Shape()
            shape.violate("filterName", "not be null")
            return try shape.check()
        }
        try write { database in try RuleStore.deleteFilter(name, in: database) }
    }
}

/// A domain for which the account may receive mail.
public struct DomainIdentity: Sendable, Hashable {
    /// The domain; it covers its subdomains.
    public let domain: DomainName
    /// What SES would look for in the domain's DNS; here it is only shown.
    public let verificationToken: String
}

extension RuleService {
    /// `VerifyDomainIdentity`: registers a domain, which counts as verified at once: there is no DNS to ask.
    ///
    /// From the first registered domain on, mail for other domains is no longer received.
    ///
    /// - Returns: The verification token; the same one for a domain that is registered already.
    /// - Throws: `.invalidParameterValue` for what is not a domain.
    @discardableResult
    public func verifyDomainIdentity(_ domain: String?) throws(ReceiptRulesError) -> String {
        guard let domain else { throw .invalidParameterValue("Domain is required.") }
        guard let name = try? DomainName(domain), !name.isLiteral else {
            throw .invalidParameterValue("Invalid domain name \(domain).")
        }
        let token = surroundings.uuid()
        return try write { database in
            let present = try RuleStore.identities(in: database)
            if let known = present.first(where: { $0.domain == name }) { return known.verificationToken }
            try RuleStore.insertIdentity(DomainIdentity(domain: name, verificationToken: token), in: database)
            return token
        }
    }

    /// `ListIdentities`: the registered domains, oldest first.
    public func domainIdentities() throws(ReceiptRulesError) -> [DomainIdentity] {
        try read { database in try RuleStore.identities(in: database) }
    }

    /// `DeleteIdentity`: forgets a domain; one that is unknown is no error.
    public func deleteIdentity(_ name: String?) throws(ReceiptRulesError) {
        guard let name else { throw .invalidParameterValue("Identity is required.") }
        let domain = (try? DomainName(name))?.text ?? name
        try write { database in try RuleStore.deleteIdentity(domain, in: database) }
    }
}
