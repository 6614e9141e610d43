/// A bounded first-in, first-out queue of values that cannot be copied.
///
/// The standard collections want copyable elements; this is a ring over a fixed block of memory.
struct JobQueue<Element: ~Copyable>: ~Copyable {
    private let storage: UnsafeMutablePointer<Element>
    private let capacity: Int
    private var first = 0
    /// How many elements wait.
    private(set) var count = 0

    init(capacity: Int) {
        precondition(capacity > 0, "a queue without room would block for ever")
        self.capacity = capacity
        storage = .allocate(capacity: capacity)
    }

    deinit {
        for index in 0..<count {
            (storage + (first + index) % capacity).deinitialize(count: 1)
        }
        storage.deallocate()
    }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count == capacity }

    /// Puts `element` at the end; there must be room.
    mutating func append(_ element: consuming Element) {
        precondition(!isFull, "the caller asks for room first")
        (storage + (first + count) % capacity).initialize(to: element)
        count += 1
    }

    /// Takes the oldest element, or returns `nil` when nothing waits.
    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = (storage + first).move()
        first = (first + 1) % capacity
        count -= 1
        return element
    }
}
