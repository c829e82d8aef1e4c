using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Proof;

namespace Hawser.Rendezvous;

/// <summary>With what a hub certifies the addresses of its lines, and so asks for them.</summary>
/// <param name="Admin">Whose word it is.</param>
/// <param name="Key">The admin's key.</param>
/// <param name="AllowsLoopback">Whether a loopback address can be proved here.</param>
internal sealed record LineProver(RoutingId Admin, SigningKey Key, bool AllowsLoopback);

// Before a line is introduced or relayed to, who is there has said, by a key of his, that this is his address: a proof
// by method 0 (address.md §5.3) on the line itself. Spec: rendezvous.md §5.5.
internal sealed partial class Switchboard
{
    private static readonly TimeSpan ProofRenewal = AddressCertificate.Life * 0.75; // rendezvous.md §6

    private readonly Queue<(Line Line, Instant At)> _renewals = new(); // all wait equally long, so it is in order

    /// <summary>Certificates that were given.</summary>
    public long Certified { get; private set; }

    private Instant NextProof => _renewals.TryPeek(out var next) ? next.At : Instant.Never;

    // Where nothing can be proved, as inside a private network, nothing is asked for.
    private bool IsProven(Moment now, Line line) => prover is null || !AddressPolicy.MayChallenge(line.Observed, prover.AllowsLoopback) || now.Mono < line.ProvenUntil;

    private void AskForProof(Line line)
    {
        if (prover is null || !AddressPolicy.MayChallenge(line.Observed, prover.AllowsLoopback)) return;
        line.Challenge = StunId.Draw(entropy);
        Say(line, new LineMessage.AddressAsk(prover.Admin, line.Challenge));
    }

    private void Receive(Moment now, Line line, AddressAnswer answer)
    {
        var address = new ProvenAddress(line.Observed, line.IsStream ? AddressTransport.Tcp : AddressTransport.Udp);
        if (prover is null || line.Challenge == default || answer.Challenge != line.Challenge) { Dropped++; return; }
        line.Challenge = default;
        if (answer.Request.Address != address || answer.Request.Method is not AddressMethod.Direct || !answer.IsSigned(genesis, prover.Admin)) { Dropped++; return; }
        Certified++;
        line.ProvenUntil = now.Mono + AddressCertificate.Life;
        _renewals.Enqueue((line, now.Mono + ProofRenewal));
        Say(line, new LineMessage.AddressGrant(new AddressCertificate
        {
            Prover = prover.Admin, Key = answer.Request.Key, Address = address, Method = AddressMethod.Direct, Level = AddressLevel.Host,
            Issued = now.Utc, Ttl = AddressCertificate.Life, Audience = answer.Request.Audience,
        }.Sign(prover.Key, genesis)));
        foreach (var (asked, request) in line.Waiting)
            if (asked.Due > now.Mono) Ask(now, asked, request);
        line.Waiting.Clear();
    }

    private void RenewProofs(Moment now)
    {
        while (_renewals.TryPeek(out var next) && next.At <= now.Mono)
        {
            _renewals.Dequeue();
            // One that has moved since has been asked again, and waits behind.
            if (next.Line.State is not LineState.Gone && next.Line.ProvenUntil - next.At <= AddressCertificate.Life - ProofRenewal) AskForProof(next.Line);
        }
    }
}
