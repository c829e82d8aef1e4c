using Hawser.Rendezvous;

namespace Hawser.Node;

// Introductions that no hub made: both sides took them from the ledger. Spec: chain.md §5.4.
internal sealed partial class NodeMachine
{
    /// <summary>Sets out to a peer that has just been met on the ledger: punches, then connects over what opens, else straight.</summary>
    /// <param name="now">Now.</param>
    /// <param name="target">The peer, and the address that it gave.</param>
    /// <param name="introduction">In the role of the initiator; its nonces serve one attempt, later ones draw their own.</param>
    /// <param name="isFirst">Whether this is the first attempt.</param>
    /// <param name="numbered">Told the number before anything else is told of it.</param>
    public long StartMeeting(Moment now, DialTarget target, Introduction introduction, bool isFirst, Action<long>? numbered = null)
    {
        var dial = new Dial(++_dial, target)
        {
            Introduction = isFirst ? introduction : introduction with { NonceI = 0, NonceH = 0, Secret = default },
            Failure = DialFailure.NoPath,
        };
        _dials.Add(dial.Number, dial);
        numbered?.Invoke(dial.Number);
        Stage(dial, DialStage.Punching);
        Repunch(now, introduction, dial);
        Settle(now);
        return dial.Number;
    }

    /// <summary>Waits for such a peer, and punches for it.</summary>
    public void ExpectMeeting(Moment now, Introduction introduction)
    {
        Endpoint.Host.Expect(now, introduction.NonceI, introduction.NonceH, introduction.Secret, introduction.Expires);
        Repunch(now, introduction, null);
        Settle(now);
    }

    private void Repunch(Moment now, Introduction introduction, Dial? dial)
    {
        _punching.Remove(new PunchKey(introduction).Tag);
        StartPunching(now, introduction, dial);
    }
}
