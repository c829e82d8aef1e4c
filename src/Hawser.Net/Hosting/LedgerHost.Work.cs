using System.Collections.Concurrent;
using Hawser.Chain;
using Hawser.Net.Pump;
using Hawser.Rendezvous;

namespace Hawser.Net.Hosting;

// What the client wants done: states kept, transactions sent, peers met.
internal sealed partial class LedgerHost
{
    private readonly ConcurrentDictionary<Task, byte> _work = new();
    private readonly ConcurrentDictionary<long, Peer> _met = new();

    /// <summary>The peer that a meeting led to, while it is connected.</summary>
    public Peer? MetBy(long number) => _met.GetValueOrDefault(number);

    // What is to be kept is kept under the lock, in its order; all else is done outside of it.
    private void Drain(LedgerClient client, List<LedgerEvent> events)
    {
        while (client.TryTake(out var happened))
        {
            events.Add(happened);
            if (happened is not LedgerEvent.SaveWanted save) continue;
            _store.SaveMeeting(save.Meeting);
            client.Saved(save.Meeting.Number);
        }
    }

    private void Deal(LedgerEvent happened)
    {
        switch (happened)
        {
            case LedgerEvent.SaveWanted save:
                Changed?.Invoke(save.Meeting);
                break;
            case LedgerEvent.FundWanted fund: Start(() => FundAsync(fund)); break;
            case LedgerEvent.SendWanted send: Start(() => SendAsync(send)); break;
            case LedgerEvent.Addressed addressed: Start(() => MeetAsync(addressed)); break;
            case LedgerEvent.Ended ended:
                _log.MeetingEnded(ended.Meeting.Number, ended.Meeting.State);
                break;
        }
    }

    private async Task SendAsync(LedgerEvent.SendWanted send)
    {
        try
        {
            await _chain.SendAsync(send.Raw, _stopping.Token);
            Ask((client, now) =>
            {
                client.Sent(now, send.Number);
                return 0;
            });
            _look.Release();
        }
        catch (HawserException e) when (e.Reason is Reason.Refused)
        {
            Ask((client, now) =>
            {
                client.NotSent(now, send.Number, e.Message);
                return 0;
            });
        }
        catch (HawserException e)
        {
            _log.ChainTrouble(e.Message); // the node is away: it is sent again
        }
    }

    // A pool forgets, a node restarts: what is still wanted goes out again, and one that is there already is no fault.
    private void RepeatSending()
    {
        var now = _clock.GetMoment().Mono;
        if (now < _sendAgain) return;
        _sendAgain = now + SendAgain;
        foreach (var meeting in Ask((client, _) => client.Meetings.Where(m => !m.IsOver && m.Raw.Length > 0).ToArray()))
        {
            if (meeting.State is MeetingState.Accepting || _clock.GetUtcNow() - meeting.Changed >= SendAgain)
                Start(() => SendAsync(new(meeting.Number, meeting.Raw)));
        }
    }

    private async Task MeetAsync(LedgerEvent.Addressed addressed)
    {
        var meeting = addressed.Meeting;
        if (meeting is not { Contact: { } contact, Peer: { } at }) return;
        Ask((client, now) =>
        {
            client.Dialling(now, meeting.Number);
            return 0;
        });
        Peer? peer = null;
        try
        {
            peer = await _runtime.MeetAsync(new()
            {
                Role = meeting.Role is MeetingRole.Inviter ? IntroductionRole.Initiator : IntroductionRole.Host,
                Peer = contact,
                Candidates = MayDial(at) ? [at] : [],
                Secret = addressed.Secret.Secret,
                NonceI = addressed.Secret.NonceI,
                NonceH = addressed.Secret.NonceH,
                Expires = Instant.Never,
            }, meeting.Failures == 0, _stopping.Token);
            _met[meeting.Number] = peer;
            _ = peer.Closed.ContinueWith(_ => _met.TryRemove(meeting.Number, out Peer? _), TaskScheduler.Default);
        }
        catch (HawserException)
        {
            // Counted by the client, which knows when to try again.
        }

        Ask((client, now) =>
        {
            client.Handshook(now, meeting.Number, peer is not null);
            return 0;
        });
        if (peer is null || meeting.Role is not MeetingRole.Inviter) return;
        if (await _keys.OfferAsync(peer, _stopping.Token) is { } generation) _log.ChainKeysAgreed(generation);
    }

    private void Start(Func<Task> work)
    {
        var task = Task.Run(async () =>
        {
            try
            {
                await work();
            }
            catch (Exception e) when (e is HawserException or OperationCanceledException or IOException)
            {
                // Whoever waits is told by the meeting's state.
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _log.WorkFailed(e);
            }
        });
        _work.TryAdd(task, 0);
        task.ContinueWith(done => _work.TryRemove(done, out _), TaskScheduler.Default);
    }
}
