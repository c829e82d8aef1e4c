using System.Threading.Channels;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Pump;
using Hawser.Net.Store;

namespace Hawser.Net.Hubs;

/// <summary>
/// One claim on its way: drives its machine, one thing at a time. If something fails inside, the machine is made anew
/// from what was stored last: that is all it needs, as after a crash.
/// </summary>
internal sealed class ClaimRun
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10); // after a failure inside
    private static readonly TimeSpan RoomPause = TimeSpan.FromSeconds(1); // until a full disk is tried again
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    private readonly ClaimRunner _owner;
    private readonly ClaimWish _wish;
    private readonly TaskCompletionSource _submitted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Channel<(long Number, byte[] Body)> _answers = Channel.CreateUnbounded<(long, byte[])>();
    private Claimant _machine;
    private string? _lost;
    private bool _isFull;
    private readonly TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TentativeAnswer? _standing;
    private volatile string? _shares;
    private volatile StoredClaim? _row;
    private volatile string? _trouble;

    /// <param name="owner">Has what all claims share.</param>
    /// <param name="wish">What is to stand in the deed.</param>
    /// <param name="row">As it was stored; null for a new claim.</param>
    /// <param name="record">Of that row.</param>
    public ClaimRun(ClaimRunner owner, ClaimWish wish, StoredClaim? row, ClaimantRecord? record)
    {
        (_owner, _wish, _row) = (owner, wish, row);
        _machine = Make(record);
        if (record is { Receipts.Count: > 0 }) _submitted.TrySetResult();
    }

    /// <summary>As it is stored now.</summary>
    public StoredClaim Row => _row ?? throw new InvalidOperationException("not begun");

    /// <summary>What went wrong last, until something goes right: a sentence.</summary>
    public string? Trouble => _trouble;

    /// <summary>Ends when an admin has given a receipt for the claim.</summary>
    public Task Submitted => _submitted.Task;

    /// <summary>Ends when what its owner wished to know at once is known: rivals of a shown ID, that the shares are kept.</summary>
    public Task Said => _said.Task;

    /// <summary>What admins have said of it that its owner should know; null if nothing.</summary>
    public string? Word => ClaimReports.WordOf(_standing, _shares);

    /// <summary>Does what the machine wants now: after it a new claim is on disk.</summary>
    public void Deal(CancellationToken cancel)
    {
        while (_machine.TryTake(out var happened))
        {
            switch (happened)
            {
                case ClaimantEvent.Store store:
                    Save(store.State);
                    _machine.Done(_owner.Clock.GetMoment(), store.Number);
                    break;
                case ClaimantEvent.Fetch fetch:
                    _ = FetchAsync(fetch, _answers.Writer, cancel);
                    break;
                case ClaimantEvent.Verified(var header):
                    _owner.Directory.Advance(header);
                    break;
                case ClaimantEvent.EpochEnded(var certificate):
                    _owner.Directory.KeepEpoch(certificate);
                    break;
                case ClaimantEvent.Convicted(var proof):
                    _owner.Convict(proof);
                    break;
                case ClaimantEvent.Answered(var standing):
                    _standing = standing;
                    if (!_wish.Shares) _said.TrySetResult();
                    break;
                case ClaimantEvent.Shared(var kept, var wanted):
                    _shares = ClaimReports.SharesOf(kept, wanted);
                    if (kept >= wanted) _said.TrySetResult();
                    break;
                case ClaimantEvent.StartedAgain(var why):
                    _lost = why;
                    (_standing, _shares) = (null, null);
                    break;
                case ClaimantEvent.Moved:
                    _trouble = null;
                    _owner.Raise(Row, null);
                    break;
            }
        }
    }

    /// <summary>Goes on until the ID is its owner's for good, or the node stops.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await DriveAsync(cancel);
                return;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                _owner.Log.ClaimFailed(e);
                _trouble = e.Message;
                _isFull = e is HawserException { Reason: Reason.DiskFull };
            }

            await Task.Delay(_isFull ? RoomPause : Pause, _owner.Clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _answers = Channel.CreateUnbounded<(long, byte[])>(); // what was asked before is nobody's now
            _lost = null;
            if (ClaimFile.TryRead(Row.State, out var file)) _machine = Make(file.Record);
        }
    }

    private Claimant Make(ClaimantRecord? record)
    {
        var (store, entropy) = (_owner.Store, SystemEntropy.Shared);
        return new(_owner.Clock.GetMoment(), _owner.Directory.Genesis, store.ClaimKey(entropy), store.ChannelKey(entropy).Public,
            _wish, entropy, record, _owner.Directory.Epochs);
    }

    private async Task DriveAsync(CancellationToken cancel)
    {
        var answered = _answers.Reader.WaitToReadAsync(cancel).AsTask();
        while (true)
        {
            Deal(cancel);
            if (_machine.State is ClaimantState.Final) return;
            var wait = _machine.NextWakeup - _owner.Clock.GetMoment().Mono;
            if (wait > TimeSpan.Zero)
                await Task.WhenAny(answered, Task.Delay(wait < MaxWait ? wait : MaxWait, _owner.Clock, cancel));
            cancel.ThrowIfCancellationRequested();
            while (_answers.Reader.TryRead(out var answer)) _machine.Answer(_owner.Clock.GetMoment(), answer.Number, answer.Body);
            if (answered.IsCompleted) answered = _answers.Reader.WaitToReadAsync(cancel).AsTask();
            _machine.Tick(_owner.Clock.GetMoment());
        }
    }

    // The claim that came to nothing and the one in its place change hands in one transaction.
    private void Save(byte[] state)
    {
        if (!ClaimantRecord.TryRead(state, out var record)) throw new InvalidOperationException("a record that does not read");
        var now = _owner.Clock.GetUtcNow();
        var next = new ClaimFile(_owner.Directory.Genesis.Hash, _wish, record).ToRow(now);
        if (_lost is { } why && _row is { } old && old.SealKey != next.SealKey)
        {
            var lost = old with { Stage = ClaimFile.Lost, Changed = now };
            _owner.Store.Atomically(() =>
            {
                _owner.Store.SaveClaim(lost);
                _owner.Store.SaveClaim(next);
            });
            (_row, _lost) = (next, null);
            _owner.Raise(lost, why);
            return;
        }

        _owner.Store.SaveClaim(next);
        _row = next;
        if (record.Receipts.Count > 0) _submitted.TrySetResult();
    }

    private async Task FetchAsync(ClaimantEvent.Fetch fetch, ChannelWriter<(long, byte[])> answers, CancellationToken cancel)
    {
        byte[]? body = null;
        try
        {
            body = await _owner.AskAsync(fetch.Member, fetch.Question, cancel);
            if (body is { Length: > 0 }) _trouble = null;
        }
        catch (HawserException e)
        {
            _trouble = e.Message;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        answers.TryWrite((fetch.Number, body ?? []));
    }
}
