using System.Threading.Channels;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Pump;

namespace Hawser.Net.Hubs;

/// <summary>Drives one record until the registry shows it, or something else in its place.</summary>
internal sealed class RecordRun(HoldingKeeper owner, DeedRecord record)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10); // after a failure inside
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    private readonly Channel<(long Number, byte[] Body)> _answers = Channel.CreateUnbounded<(long, byte[])>();
    private readonly TaskCompletionSource _promised = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _trouble;

    public DeedRecord Record => record;

    /// <summary>Ends when an admin has promised to log the record, or it is in force, or overtaken.</summary>
    public Task Promised => _promised.Task;

    public RecordState State { get; private set; }

    /// <summary>What went wrong last, until something goes right: a sentence.</summary>
    public string? Trouble => _trouble;

    /// <summary>Goes on until it is over; false if the node stopped before.</summary>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await DriveAsync(new(owner.Clock.GetMoment(), owner.Directory.Genesis, record, owner.Directory.Epochs), cancel);
                return true;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception e)
            {
                owner.Log.RecordFailed(e);
                _trouble = e.Message;
            }

            await Task.Delay(Pause, owner.Clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }

    private async Task DriveAsync(RecordSender machine, CancellationToken cancel)
    {
        var answered = _answers.Reader.WaitToReadAsync(cancel).AsTask();
        while (true)
        {
            machine.Tick(owner.Clock.GetMoment());
            while (machine.TryTake(out var happened)) Deal(happened, cancel);
            if (machine.State is RecordState.InForce or RecordState.Overtaken) return;
            var wait = machine.NextWakeup - owner.Clock.GetMoment().Mono;
            if (wait > TimeSpan.Zero)
                await Task.WhenAny(answered, Task.Delay(wait < MaxWait ? wait : MaxWait, owner.Clock, cancel));
            cancel.ThrowIfCancellationRequested();
            while (_answers.Reader.TryRead(out var answer)) machine.Answer(owner.Clock.GetMoment(), answer.Number, answer.Body);
            if (answered.IsCompleted) answered = _answers.Reader.WaitToReadAsync(cancel).AsTask();
        }
    }

    private void Deal(RecordEvent happened, CancellationToken cancel)
    {
        switch (happened)
        {
            case RecordEvent.Fetch fetch:
                _ = FetchAsync(fetch, cancel);
                break;
            case RecordEvent.Verified(var header):
                owner.Directory.Advance(header);
                break;
            case RecordEvent.EpochEnded(var certificate):
                owner.Directory.KeepEpoch(certificate);
                break;
            case RecordEvent.Moved(var state, _):
                (State, _trouble) = (state, null);
                _promised.TrySetResult();
                owner.Raise(record.Id);
                break;
        }
    }

    private async Task FetchAsync(RecordEvent.Fetch fetch, CancellationToken cancel)
    {
        byte[]? body = null;
        try
        {
            body = await owner.AskAsync(fetch.Member, fetch.Question, cancel);
        }
        catch (HawserException e)
        {
            if (State is RecordState.Sending) _trouble = e.Message;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        _answers.Writer.TryWrite((fetch.Number, body ?? []));
    }
}
