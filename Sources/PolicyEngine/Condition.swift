/// One condition of a statement: an operator, a key, and the values that are alternatives to each other.
struct Condition: Sendable, Equatable {
    let operation: ConditionOperator
    /// The key as the policy spells it.
    let key: String
    let foldedKey: String
    let values: [ConditionValue]

    /// Whether the condition holds for a request.
    ///
    /// An absent key fails positive operators and satisfies negated ones, except under `ForAnyValue`, which
    /// needs a value in any case.
    func holds(in context: RequestContext) -> Bool {
        let requested = context.values(foldedKey: foldedKey)
        if operation.comparison == .null {
            return values.contains { $0.matchesPresence(requested != nil) }
        }
        guard let requested else { return operation.holdsWhenAbsent || holdsWithoutKey }
        switch operation.quantifier {
        case .none: return requested.contains { matchesOne($0, in: context) } != operation.isNegated
        case .all: return requested.allSatisfy { matchesOne($0, in: context) != operation.isNegated }
        case .any: return requested.contains { matchesOne($0, in: context) != operation.isNegated }
        }
    }

    /// What an absent key means where `IfExists` does not settle it.
    ///
    /// Source: IAM User Guide: a negated operator is true for an absent key, `ForAllValues` is, `ForAnyValue`
    /// is not.
    private var holdsWithoutKey: Bool {
        switch operation.quantifier {
        case .none: operation.isNegated
        case .all: true
        case .any: false
        }
    }

    /// Whether one value of the request matches one of the policy's, negation left aside.
    private func matchesOne(_ requested: String, in context: RequestContext) -> Bool {
        let operand = Operand(requested, for: operation.comparison)
        return values.contains { $0.matches(operand, relation: operation.relation, in: context) }
    }
}

extension ConditionOperator {
    fileprivate var relation: Relation {
        switch comparison {
        case .numeric(let relation), .date(let relation): relation
        case .string, .stringIgnoringCase, .stringLike, .bool, .binary, .address, .arn, .null: .equal
        }
    }
}

/// A value of the request, read as the operator needs it, once for all policy values.
private enum Operand {
    case text(String)
    case number(DecimalNumber)
    case instant(Instant)
    case bool(Bool)
    case bytes([UInt8])
    case address(IPAddress)
    /// The text is not of the operator's type: it matches no value.
    case unreadable

    init(_ text: String, for comparison: ConditionOperator.Comparison) {
        let operand: Operand? =
            switch comparison {
            case .string, .stringLike, .arn: .text(text)
            case .stringIgnoringCase: .text(text.caseFolded)
            case .numeric: DecimalNumber(text).map(Operand.number)
            case .date: Instant(text).map(Operand.instant)
            case .bool: truthValue(text).map(Operand.bool)
            case .binary: base64Bytes(text).map(Operand.bytes)
            case .address: IPAddress(text[...]).map(Operand.address)
            case .null: nil
            }
        self = operand ?? .unreadable
    }
}

/// One value of a condition, read when the policy was.
struct ConditionValue: Sendable, Equatable {
    /// What is compared.
    ///
    /// Everything that can be read beforehand is, so that a decision parses nothing.
    private enum Form: Sendable, Equatable {
        case text(String)
        case pattern(Wildcard)
        case arn(ARNPattern)
        case template(Template, ConditionOperator.Comparison)
        case number(DecimalNumber)
        case instant(Instant)
        case bool(Bool)
        case bytes([UInt8])
        case network(IPNetwork)
        /// Not of the operator's type: it matches nothing.
        case unreadable
    }

    /// The value as the policy spells it.
    let text: String
    private let form: Form

    /// Reads a value for an operator.
    ///
    /// - Throws: `.invalidVariable`.
    init(_ text: String, for operation: ConditionOperator, hasVariables: Bool) throws(StatementError) {
        self.text = text
        if operation.takesVariables {
            let template = try Template(
                text, hasWildcards: operation.comparison == .stringLike || operation.comparison == .arn,
                hasVariables: hasVariables)
            form =
                template.constant.map { Self.form(of: $0, for: operation.comparison) }
                ?? .template(template, operation.comparison)
        } else {
            form = Self.form(ofPlain: text, for: operation.comparison) ?? .unreadable
        }
    }

    /// Whether the value is of its operator's type; one that is not can never match.
    var isReadable: Bool { form != .unreadable }

    /// For `Null`: `true` asks that the key be absent.
    fileprivate func matchesPresence(_ isPresent: Bool) -> Bool { form == .bool(!isPresent) }

    fileprivate func matches(
        _ operand: Operand, relation: ConditionOperator.Relation, in context: RequestContext
    ) -> Bool {
        switch (form, operand) {
        case (.text(let text), .text(let requested)): sameBytes(text, requested)
        case (.pattern(let pattern), .text(let requested)): pattern.matches(requested)
        case (.arn(let pattern), .text(let requested)): pattern.matches(requested)
        case (.template(let template, let comparison), .text(let requested)):
            Self.matches(template.resolved(in: context), requested, comparison)
        case (.number(let limit), .number(let requested)): relation.holds(requested, limit)
        case (.instant(let limit), .instant(let requested)): relation.holds(requested, limit)
        case (.bool(let value), .bool(let requested)): value == requested
        case (.bytes(let value), .bytes(let requested)): value == requested
        case (.network(let network), .address(let requested)): network.contains(requested)
        default: false
        }
    }

    private static func matches(
        _ tokens: [Wildcard.Token]?, _ requested: String, _ comparison: ConditionOperator.Comparison
    ) -> Bool {
        guard let tokens else { return false }
        switch form(of: tokens, for: comparison) {
        case .text(let text): return sameBytes(text, requested)
        case .pattern(let pattern): return pattern.matches(requested)
        case .arn(let pattern): return pattern.matches(requested)
        default: return false
        }
    }

    /// The form of a value without variables, or of one whose variables have been replaced.
    private static func form(of tokens: [Wildcard.Token], for comparison: ConditionOperator.Comparison)
        -> Form
    {
        switch comparison {
        case .string: return .text(literalText(tokens))
        case .stringIgnoringCase: return .text(literalText(tokens).caseFolded)
        case .stringLike: return .pattern(Wildcard(tokens: tokens))
        case .arn: return ARNPattern(whole: tokens).map(Form.arn) ?? .unreadable
        case .numeric, .date, .bool, .binary, .address, .null: return .unreadable
        }
    }

    /// The form of a value of an operator that knows no variables; `nil` for a text that is not of its type.
    private static func form(ofPlain text: String, for comparison: ConditionOperator.Comparison) -> Form? {
        switch comparison {
        case .numeric: DecimalNumber(text).map(Form.number)
        case .date: Instant(text).map(Form.instant)
        case .bool, .null: truthValue(text).map(Form.bool)
        case .binary: base64Bytes(text).map(Form.bytes)
        case .address: IPNetwork(text).map(Form.network)
        case .string, .stringIgnoringCase, .stringLike, .arn: nil
        }
    }

    private static func literalText(_ tokens: [Wildcard.Token]) -> String {
        String(decoding: tokens.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    }
}

private func truthValue(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true": true
    case "false": false
    default: nil
    }
}
