using Hawser.Federation;
using Hawser.Net;
using Hawser.Net.Pump;

namespace Hawser.Hub;

// The thread that drives the machine: what it tells is stored, then said.
internal sealed partial class AdminHost
{
    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                var wakeup = Step();
                var wait = wakeup - _clock.GetMoment().Mono;
                if (wait > MaxWait) wait = MaxWait; // a wall clock that is set right is noticed
                // A timer cuts fractions, and would be too early.
                _timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)),
                    Timeout.InfiniteTimeSpan);
                _wake.Wait();
                while (_wake.Wait(0))
                {
                    // What came meanwhile is one turn.
                }
            }
        }
        catch (Exception e) when (!_stopping)
        {
            // Without its store an admin must not go on: what it would sign could not be remembered.
            _log.AdminStopped(e);
            _stopping = true;
            foreach (var waiting in _asked.Values) waiting.TrySetCanceled();
            Failed?.Invoke(e);
        }
    }

    // Takes all that has gathered, makes it durable, tells it, and so on until nothing comes.
    private Instant Step()
    {
        lock (_gate) _machine.Tick(_clock.GetMoment());
        while (true)
        {
            List<AdminEvent> happened = [];
            lock (_gate)
            {
                while (_machine.TryTake(out var next)) happened.Add(next);
                if (happened.Count == 0) return _machine.NextWakeup;
            }

            var stored = StoreOrWait(happened);
            if (_stopping) return _clock.GetMoment().Mono;
            foreach (var next in happened) Tell(next);
            if (stored == 0) continue;
            lock (_gate) _machine.Stored(_clock.GetMoment(), stored);
        }
    }

    // A full disk loses nothing: what was to be written waits for room, and until then nothing of it is told or sent.
    private long StoreOrWait(List<AdminEvent> happened)
    {
        while (true)
        {
            try
            {
                var stored = Store(happened);
                if (_diskIsFull) _log.DiskHasRoom();
                _diskIsFull = false;
                return stored;
            }
            catch (HawserException e) when (e.Reason is Reason.DiskFull && !_stopping)
            {
                if (!_diskIsFull) _log.DiskIsFull(e.Message);
                _diskIsFull = true;
                foreach (var number in _asked.Keys)
                    if (_asked.TryRemove(number, out var waiting)) waiting.TrySetResult(new(AdminStatus.Busy, System.Text.Encoding.UTF8.GetBytes($"{Trouble}; ask another admin"), null));
            }

            _wake.Wait(RoomWait);
            if (_stopping) return 0;
        }
    }

    private long Store(List<AdminEvent> happened)
    {
        var last = 0L;
        var records = happened.OfType<AdminEvent.Store>().ToArray();
        if (records.Length == 0) return last;
        _store.Atomically(() =>
        {
            foreach (var (number, record) in records)
            {
                _reader.Write(record);
                last = number;
            }
        });
        return last;
    }

    private void Tell(AdminEvent happened)
    {
        switch (happened)
        {
            case AdminEvent.Answer(var number, var status, var body):
                if (_asked.TryRemove(number, out var waiting)) waiting.TrySetResult(new(status, body, null));
                break;
            case AdminEvent.Promised(var number, var promise):
                if (_asked.TryRemove(number, out var promised)) promised.TrySetResult(new(AdminStatus.Ok, [], promise));
                break;
            case AdminEvent.Fetch fetch:
                _ = FetchAsync(fetch);
                break;
            case AdminEvent.Certified(var certificate, _):
                TaskCompletionSource waited;
                lock (_gate)
                {
                    _last = certificate;
                    (waited, _certified) = (_certified, new(TaskCreationOptions.RunContinuationsAsynchronously));
                }

                waited.TrySetResult();
                _log.HeightCertified(certificate.Header.Height, certificate.Header.Tick.ToString(), certificate.Attestations.Count);
                break;
            case AdminEvent.FoldDiffers(var height, var mine, var theirs):
                _log.FoldDiffers(height, mine.ToString(), theirs.ToString());
                break;
            case AdminEvent.DoubleMessage(var first, var second):
                _log.DoubleMessage(first.Signer.ToString(), first.Kind.ToString(), first.Height);
                break;
            case AdminEvent.Convicted(var proof):
                Convicted?.Invoke(proof);
                break;
            case AdminEvent.MembersChanged(var members):
                if (_store.AdminKeys is [_, var next] && members.All.Any(member => member.Key == next.Public)) _store.TakeNextAdminKey();
                _log.MembersChanged(members.Count, Me?.Id.ToString() ?? "none");
                break;
            case AdminEvent.Store: break;
        }
    }

    private async Task FetchAsync(AdminEvent.Fetch fetch)
    {
        var question = fetch.Body;
        if (_malice is not null && Me is { } me)
        {
            await _malice.DelayAsync(fetch.Verb).ConfigureAwait(false);
            if (fetch.Verb is AdminVerb.Votes) question = _malice.Twist(_genesis, me.Id, _store.AdminKey, fetch.Member.Id, question);
        }

        var (status, body) = await _peers.AskAsync(fetch.Member, fetch.Verb, question).ConfigureAwait(false);
        if (_stopping) return;
        lock (_gate) _machine.Fetched(_clock.GetMoment(), fetch.Number, status, body);
        _wake.Release();
    }
}
