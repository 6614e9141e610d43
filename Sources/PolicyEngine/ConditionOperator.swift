/// A condition operator taken apart: `ForAllValues:StringNotLikeIfExists` is comparison, negation, quantifier
/// and the treatment of absent keys.
///
/// Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
struct ConditionOperator: Sendable, Equatable {
    /// How numbers and dates are compared: request's value on the left, policy's on the right.
    enum Relation: Sendable, Equatable {
        case equal, less, lessOrEqual, greater, greaterOrEqual
    }

    /// What the values are, and when two of them agree.
    enum Comparison: Sendable, Equatable {
        case string, stringIgnoringCase, stringLike
        case numeric(Relation), date(Relation)
        case bool, binary, address, arn, null
    }

    /// How many of the request's values must match.
    enum Quantifier: Sendable, Equatable {
        case none, all, any
    }

    /// The operator as the policy spells it.
    let name: String
    let comparison: Comparison
    /// Whether the operator asks that no value match.
    let isNegated: Bool
    /// `IfExists`.
    let holdsWhenAbsent: Bool
    let quantifier: Quantifier

    /// Reads an operator's name; names are case-sensitive.
    init?(_ name: String) {
        var rest = name[...]
        var quantifier = Quantifier.none
        if rest.hasPrefix("ForAllValues:") {
            quantifier = .all
            rest = rest.dropFirst("ForAllValues:".count)
        } else if rest.hasPrefix("ForAnyValue:") {
            quantifier = .any
            rest = rest.dropFirst("ForAnyValue:".count)
        }
        let holdsWhenAbsent = rest.hasSuffix("IfExists")
        if holdsWhenAbsent { rest = rest.dropLast("IfExists".count) }
        guard let known = Self.known[String(rest)] else { return nil }
        // Null asks about absence itself: a treatment of absent keys or of each value has no meaning there.
        if known.comparison == .null, holdsWhenAbsent || quantifier != .none { return nil }
        self.name = name
        self.comparison = known.comparison
        isNegated = known.isNegated
        self.holdsWhenAbsent = holdsWhenAbsent
        self.quantifier = quantifier
    }

    /// Whether the values may hold policy variables: string and ARN operators only.
    var takesVariables: Bool {
        switch comparison {
        case .string, .stringIgnoringCase, .stringLike, .arn: true
        case .numeric, .date, .bool, .binary, .address, .null: false
        }
    }

    /// Every operator by its plain name.
    private static let known: [String: (comparison: Comparison, isNegated: Bool)] = [
        "StringEquals": (.string, false),
        "StringNotEquals": (.string, true),
        "StringEqualsIgnoreCase": (.stringIgnoringCase, false),
        "StringNotEqualsIgnoreCase": (.stringIgnoringCase, true),
        "StringLike": (.stringLike, false),
        "StringNotLike": (.stringLike, true),
        "NumericEquals": (.numeric(.equal), false),
        "NumericNotEquals": (.numeric(.equal), true),
        "NumericLessThan": (.numeric(.less), false),
        "NumericLessThanEquals": (.numeric(.lessOrEqual), false),
        "NumericGreaterThan": (.numeric(.greater), false),
        "NumericGreaterThanEquals": (.numeric(.greaterOrEqual), false),
        "DateEquals": (.date(.equal), false),
        "DateNotEquals": (.date(.equal), true),
        "DateLessThan": (.date(.less), false),
        "DateLessThanEquals": (.date(.lessOrEqual), false),
        "DateGreaterThan": (.date(.greater), false),
        "DateGreaterThanEquals": (.date(.greaterOrEqual), false),
        "Bool": (.bool, false),
        "BinaryEquals": (.binary, false),
        "IpAddress": (.address, false),
        "NotIpAddress": (.address, true),
        "ArnEquals": (.arn, false),
        "ArnLike": (.arn, false),
        "ArnNotEquals": (.arn, true),
        "ArnNotLike": (.arn, true),
        "Null": (.null, false),
    ]
}

extension ConditionOperator.Relation {
    /// Whether `left` stands in this relation to `right`.
    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .equal: left == right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}
