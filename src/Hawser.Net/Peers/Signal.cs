using System.Threading.Tasks.Sources;

namespace Hawser.Net.Peers;

/// <summary>
/// Wakes the one who waits, or the next one to come: an auto-reset event that allocates nothing. Whoever wakes is
/// never held up by what the woken one does.
/// </summary>
internal sealed class Signal : IValueTaskSource
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private State _state;

    private enum State { Clear, Set, Awaited, Woken }

    public void Set()
    {
        lock (_gate)
        {
            if (_state is State.Clear) _state = State.Set;
            if (_state is not State.Awaited) return;
            _state = State.Woken;
        }

        _core.SetResult(true);
    }

    /// <summary>One at a time.</summary>
    public ValueTask WaitAsync(CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return ValueTask.FromCanceled(cancel);
        lock (_gate)
        {
            if (_state is State.Awaited or State.Woken) throw new InvalidOperationException("Another one waits already.");
            if (_state is State.Set)
            {
                _state = State.Clear;
                return ValueTask.CompletedTask;
            }

            _core.Reset();
            _state = State.Awaited;
        }

        _cancellation = cancel.UnsafeRegister(static (signal, token) => ((Signal)signal!).Cancel(token), this);
        return new(this, _core.Version);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _cancellation.Dispose(); // waits for a callback that is under way, so that it cannot meet the next waiter
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            lock (_gate) _state = State.Clear;
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken cancel)
    {
        lock (_gate)
        {
            if (_state is not State.Awaited) return;
            _state = State.Woken;
        }

        _core.SetException(new OperationCanceledException(cancel));
    }
}
