using Hawser.Crypto;
using Hawser.Node;
using Hawser.Rendezvous;

namespace Hawser.Net.Hosting;

// Peers that were met on a ledger: both dial and listen, and whichever connection comes first will do.
internal sealed partial class NodeRuntime
{
    private static readonly TimeSpan InviteeDials = TimeSpan.FromSeconds(2); // chain.md §6
    private static readonly TimeSpan MeetingPatience = TimeSpan.FromSeconds(12);

    /// <summary>Somebody is connected: who called us, or whom we called.</summary>
    public event Action<Peer>? PeerArrived;

    /// <summary>Whether a key belongs to somebody we are about to meet: a scope of its own.</summary>
    public Func<DhPublicKey, bool>? MeetsByChain { get; set; }

    /// <summary>One attempt.</summary>
    /// <exception cref="HawserException">Nobody who holds the key was found.</exception>
    public async Task<Peer> MeetAsync(Introduction introduction, bool isFirst, CancellationToken cancel)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancel, _stopping.Token);
        attempt.CancelAfter(MeetingPatience);
        var arrived = new TaskCompletionSource<Peer>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Arrive(Peer peer)
        {
            if (peer.ChannelKey == introduction.Peer) arrived.TrySetResult(peer);
        }

        PeerArrived += Arrive;
        try
        {
            if (Standing(new() { Key = introduction.Peer }) is { } standing) return standing;
            introduction = introduction with { Expires = Ask((_, now) => now.Mono) + MeetingPatience };
            var dialling = introduction.Role is IntroductionRole.Initiator
                ? DialMeetingAsync(introduction, isFirst, attempt.Token)
                : AwaitMeetingAsync(introduction, attempt.Token);
            var first = await Task.WhenAny(dialling, arrived.Task);
            if (first != dialling || dialling.IsCompletedSuccessfully) return await first;

            // Ours came to nothing; theirs may yet come.
            return await arrived.Task.WaitAsync(attempt.Token);
        }
        catch (Exception e) when (e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw new HawserException(Reason.Unreachable, "nobody answers with the right key at the address that the peer gave", null, e);
        }
        finally
        {
            PeerArrived -= Arrive;
            await attempt.CancelAsync();
        }
    }

    private async Task<Peer> DialMeetingAsync(Introduction introduction, bool isFirst, CancellationToken cancel)
    {
        var target = new DialTarget { Key = introduction.Peer, Addresses = introduction.Candidates, Via = DialVia.Direct };
        var dialling = new Dialling(target, null);
        var number = Ask((machine, now) => machine.StartMeeting(now, target, introduction, isFirst, n => _dials[n] = dialling));
        return await FinishAsync(number, dialling, cancel);
    }

    private async Task<Peer> AwaitMeetingAsync(Introduction introduction, CancellationToken cancel)
    {
        Tell(introduction, static (machine, now, expected) => machine.ExpectMeeting(now, expected));
        await Task.Delay(InviteeDials, cancel);
        return await ConnectAsync(new() { Key = introduction.Peer, Addresses = introduction.Candidates, Via = DialVia.Direct }, null, cancel);
    }
}
