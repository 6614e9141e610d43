extension String {
    /// The string with case taken away, scalar by scalar.
    ///
    /// This is Unicode's simple folding, made of the simple mappings to upper and back to lower case: one
    /// scalar stays one scalar, so `ß` never equals `ss`.
    ///
    /// Source: Unicode Standard section 3.13, "Default caseless matching"; CaseFolding.txt, status C and S.
    var caseFolded: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        var folded = String.UnicodeScalarView()
        for scalar in unicodeScalars { folded.append(scalar.simplyFolded) }
        return String(folded)
    }
}

extension Unicode.Scalar {
    fileprivate var simplyFolded: Unicode.Scalar {
        // CaseFolding.txt gives the dotless i (U+0131) a folding in Turkic languages only.
        if value == 0x131 { return self }
        return single(properties.uppercaseMapping).lowerOfSelf
    }

    private var lowerOfSelf: Unicode.Scalar { single(properties.lowercaseMapping) }

    private func single(_ mapping: String) -> Unicode.Scalar {
        let scalars = mapping.unicodeScalars
        guard scalars.count == 1, let only = scalars.first else { return self }
        return only
    }
}
