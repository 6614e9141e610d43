// INVARIANT: the standard library normalises strings for `==`, but shows the normalised scalars only through
// this underscored interface; swift-foundation relies on it too. One function uses it, so that there is one
// place to change.
@_spi(_Unicode) import Swift

extension String {
    /// The text in Normalization Form C.
    ///
    /// Source: Unicode Standard Annex 15.
    var composed: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return self }
        var scalars = String.UnicodeScalarView()
        for scalar in _nfc { scalars.append(scalar) }
        return String(scalars)
    }

    /// The form in which two spellings that differ in case or composition alone are equal.
    var caseFolded: String {
        // Lower case may decompose what was composed, so compose again.
        composed.lowercased().composed
    }
}
