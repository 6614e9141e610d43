import Glibc

/// State behind a lock, and the places where threads wait for it to change.
///
/// `Mutex` of the Synchronization module has no condition to wait on, and the threads of this module exist to
/// wait. There is no way to the state but through `withLock` and `wait`.
///
/// INVARIANT: nothing that blocks, and no callback out of the module, runs inside the closures.
final class Monitor<State: ~Copyable>: @unchecked Sendable {
    // SAFETY: `state` is touched only while `mutex` is held; both pointers live as long as the object.
    private var state: State
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init(_ state: consuming State) {
        self.state = state
        mutex.initialize(to: pthread_mutex_t())
        let code = pthread_mutex_init(mutex, nil)
        precondition(code == 0, "a default mutex needs no resources that could be missing")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` alone.
    func withLock<Value: ~Copyable>(_ body: (inout State) -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Sleeps at `condition` until `body` has a value, then returns it.
    ///
    /// `body` runs alone: once at the start, then each time the condition is signalled, and at times without a
    /// cause. It may change the state.
    func wait<Value: ~Copyable>(at condition: Condition, until body: (inout State) -> Value?) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let value = body(&state) { return value }
            condition.wait(releasing: mutex)
        }
    }
}

/// A place where threads sleep until somebody says that the state they look at has changed.
final class Condition: @unchecked Sendable {
    // SAFETY: a condition variable is made to be used from several threads; the pointer never changes.
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        condition.initialize(to: pthread_cond_t())
        let code = pthread_cond_init(condition, nil)
        precondition(code == 0, "a default condition needs no resources that could be missing")
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    /// Wakes one sleeper.
    func signal() {
        pthread_cond_signal(condition)
    }

    /// Wakes all sleepers.
    func broadcast() {
        pthread_cond_broadcast(condition)
    }

    fileprivate func wait(releasing mutex: UnsafeMutablePointer<pthread_mutex_t>) {
        pthread_cond_wait(condition, mutex)
    }
}
