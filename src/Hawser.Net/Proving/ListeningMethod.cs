using Hawser.Proof;

namespace Hawser.Net.Proving;

/// <summary>Method 1, on a socket of its own: the hub's STUN port sends the challenge to where it has seen that.</summary>
internal sealed class ListeningMethod : IProvingMethod
{
    private static readonly TimeSpan ChallengePatience = TimeSpan.FromSeconds(5);

    public string Name => "listening";

    public AddressMethod Method => AddressMethod.ListeningSocket;

    public async Task<AddressCertificate> ProveAsync(ProvingSession session, CancellationToken cancel)
    {
        if (session.Place.Stun is not { } server)
            throw new HawserException(Reason.Refused, $"the hub {session.Place.Name} sends no challenges by UDP", "prove the host alone: --method direct");
        using var socket = new ListeningSocket(server, session.Wish.From, session.Wish.Port);
        session.Say($"asking {server} how this machine looks from there");
        var mapped = await socket.ShowAsync(cancel)
            ?? throw new HawserException(Reason.Unreachable, $"{server} does not answer by UDP", "this network may let no UDP through: --method direct does without");
        session.Say($"asking for a challenge to {mapped}");
        var (request, _) = await session.AskAsync(new(mapped, AddressTransport.Udp), Method, default, cancel);
        var challenge = await socket.ChallengeAsync(ChallengePatience, cancel)
            ?? throw new HawserException(Reason.Unreachable, $"the hub's challenge to {mapped} did not arrive", "try again; if it never does, a firewall drops it: --method direct");
        session.Say("answering it");
        return await session.AnswerAsync(request, challenge, default, cancel);
    }
}
