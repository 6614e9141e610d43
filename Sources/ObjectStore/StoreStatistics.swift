/// What a local store has done since it was opened.
public struct StoreStatistics: Sendable, Hashable {
    /// Objects stored.
    public var objectsStored = 0
    /// Objects removed.
    public var objectsDeleted = 0
    /// Instruction files written behind objects.
    public var instructionsWritten = 0
    /// Instruction files that are due.
    public var instructionsPending = 0
    /// How often an instruction file could not be written.
    ///
    /// It is tried again after the next one that can be, and by the sweep at the next start.
    public var instructionFailures = 0
    /// What the last of those failures was, for people.
    public var lastInstructionFailure: String?
    /// Temporaries of dead processes removed.
    public var temporariesRemoved = 0
    /// Buckets swept to the end.
    public var sweepsFinished = 0
}
