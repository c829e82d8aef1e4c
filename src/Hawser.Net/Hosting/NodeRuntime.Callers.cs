using System.Collections.Concurrent;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Node;
using Hawser.Service;
using Hawser.Transport;

namespace Hawser.Net.Hosting;

// Who calls, and may he? A caller who gave an ID owns it if the deed holds the key that the handshake proves.
internal sealed partial class NodeRuntime
{
    private const int MaxUnproved = 4_096; // IDs of callers that may never have got in
    private static readonly TimeSpan LookupPatience = TimeSpan.FromSeconds(4); // a question to us is void after 5 s

    private readonly ConcurrentDictionary<ConnectionId, string> _idOf = new();
    private readonly StrangerBudget _strangers = new(TimeProvider.System);

    /// <summary>The peer as the rules see it now.</summary>
    public Caller CallerOf(Peer peer) =>
        Rules.Identify(peer.ChannelKey, _idOf.GetValueOrDefault(peer.Connection)) ?? new Caller(peer.ChannelKey, null, false);

    /// <summary>The routing ID that a peer proved, or was dialled by.</summary>
    public string? IdOf(Peer peer) => _idOf.GetValueOrDefault(peer.Connection);

    private async Task AnswerAsync(NodeEvent.CallerNamed named)
    {
        DhPublicKey? key = null;
        if (named.Name.IsKey)
        {
            if (MayEnter(named.Name.Key, null)) key = named.Name.Key;
        }
        else if (await LookUpAsync(named.Name.Id) is { } owner && MayEnter(owner, named.Name.Id.ToString()))
        {
            key = owner;
            if (_idOf.Count > MaxUnproved) ForgetUnproved();
            _idOf[named.Connection] = named.Name.Id.ToString();
        }

        Tell((named.Connection, key), static (machine, now, answer) => machine.Channels.AnswerKey(now, answer.Connection, answer.key));
    }

    private void Answer(NodeEvent.CallerProved proved)
    {
        if (proved.Letter is HandshakeLetter.I)
        {
            Start(() =>
            {
                AnswerTicket(proved); // it waits for the disk
                return Task.CompletedTask;
            });
            return;
        }

        var enters = MayEnter(proved.Key, _idOf.GetValueOrDefault(proved.Connection));
        if (!enters) Forget(proved.Connection);
        Tell((proved.Connection, enters), static (machine, now, answer) =>
        {
            if (answer.enters) machine.Channels.Accept(now, answer.Connection, []);
            else machine.Channels.Refuse(now, answer.Connection);
        });
    }

    private async Task AnswerAsync(NodeEvent.IntroductionAsked asked)
    {
        var allow = MayEnter(asked.Key, null) || IsInvited(asked);
        if (!allow && !asked.ClaimedId.IsNone && await LookUpAsync(asked.ClaimedId) == asked.Key)
            allow = MayEnter(asked.Key, asked.ClaimedId.ToString());
        Tell((asked.Number, allow), static (machine, now, answer) => machine.AnswerIntroduction(now, answer.Number, answer.allow));
    }

    private bool MayEnter(in DhPublicKey key, string? provedId) =>
        Rules.Identify(key, provedId) is { } caller && (Rules.Exposures.HasScope(caller) || HasTally?.Invoke(key) is true || MeetsByChain?.Invoke(key) is true);

    private async Task<DhPublicKey?> LookUpAsync(PlainId id)
    {
        if (!Rules.Knows(id.ToString()) && !_strangers.TrySpend()) return null;
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            patience.CancelAfter(LookupPatience);
            var found = await Directory.FindAsync(id, patience.Token);
            return Rules.IsStill(id.ToString(), found.ClaimKey) ? found.ChannelKey : null;
        }
        catch (Exception e) when (e is HawserException or OperationCanceledException)
        {
            return null;
        }
    }

    // Who named an ID and then proved no key leaves nothing else behind.
    private void ForgetUnproved()
    {
        foreach (var connection in _idOf.Keys)
            if (Peers.Find(connection) is null) Forget(connection);
    }

    private void Forget(ConnectionId connection)
    {
        _idOf.TryRemove(connection, out _);
        _ticketOf.TryRemove(connection, out _);
    }
}
