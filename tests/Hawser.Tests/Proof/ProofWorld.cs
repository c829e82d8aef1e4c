using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Proof;
using Hawser.Tests.Sim;
using Hawser.Wire;
using static Hawser.Tests.Proof.StunTests;

namespace Hawser.Tests.Proof;

/// <summary>A prover, and all that it has sent to anybody.</summary>
internal sealed class ProofWorld
{
    public static readonly HostPort Victim = At("203.0.113.7:54321"), Hub = At("192.0.2.1:3478");
    public static readonly Bytes32 Genesis = Sha256.Hash("genesis"u8);

    private readonly SimRandom _random = new(3);

    public ProofWorld()
    {
        RoutingId.TryParse("0a9-jj39f7a", out var id);
        (Prover, Budget, Listening) = (id, new(), new(_random));
        Desk = new(_random, Genesis, Prover, ProverKey, Budget);
        Desk.Add(Listening);
        Desk.Add(Direct);
        Senders = new(_random, HubKey, Hub, Budget);
        Senders.Add(Listening);
        Senders.Add(Direct);
    }

    public RoutingId Prover { get; }

    public SigningKey ProverKey { get; } = new(Sha256.Hash("prover"u8));

    public SigningKey Mine { get; } = new(Sha256.Hash("mine"u8));

    public DhPublicKey HubKey { get; } = new(Sha256.Hash("hub"u8));

    public ChallengeBudget Budget { get; }

    public ListeningProof Listening { get; }

    public DirectProof Direct { get; } = new();

    public AddressDesk Desk { get; }

    public SenderDesk Senders { get; }

    public Moment Now { get; private set; } = new(new(1_000_000), DateTimeOffset.UnixEpoch.AddYears(56));

    public void Wait(double seconds) => Now = new(Now.Mono + TimeSpan.FromSeconds(seconds), Now.Utc.AddSeconds(seconds));

    public AddressRequest Request(HostPort? at = null, AddressMethod method = AddressMethod.ListeningSocket, SigningKey? key = null, Token16 audience = default) =>
        new((key ?? Mine).Public, new(at ?? Victim, AddressTransport.Udp), method, audience);

    public void Solicit(HostPort? from = null) => Listening.Asked(Now.Mono, from ?? Victim, Listening.CookieOf(from ?? Victim));

    /// <summary>What arrived at the address since the last call.</summary>
    public List<StunId> Arrived(HostPort? at = null)
    {
        var arrived = new List<StunId>();
        while (Listening.TryTransmit(out var to, out var datagram))
            if (to == (at ?? Victim) && ListeningProof.TryReadChallenge(datagram, Hub, Hub, to, out var challenge)) arrived.Add(challenge);
        return arrived;
    }

    public AddressAnswer Answer(AddressRequest request, StunId challenge, SigningKey? key = null) =>
        AddressAnswer.Sign(key ?? Mine, request, challenge, Genesis, Prover);

    public Token16 Token(StunId challenge, Token16 session, HostPort? at = null) =>
        ConsentToken.Make(challenge, HubKey, Hub, new(at ?? Victim, AddressTransport.Udp), session);
}
