using Hawser.Proof;

namespace Hawser.Net.Proving;

/// <summary>Method 0: the challenge comes on a connection that is open and has said that it wants it. Proves the host alone.</summary>
internal sealed class DirectMethod : IProvingMethod
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string Name => "direct";

    public AddressMethod Method => AddressMethod.Direct;

    public async Task<AddressCertificate> ProveAsync(ProvingSession session, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        session.Say($"opening a connection to {session.Place.Name}");
        using var line = await Sp3Line.OpenAsync(session.Place, cancel);
        try
        {
            var observed = await ConsentAsync(line, patience.Token)
                ?? throw new HawserException(Reason.Failed, $"the hub {session.Place.Name} does not say where it sees this machine", "is it a hub of this version?");
            session.Say($"asking for a challenge to {observed.ToEndPoint().Address}");
            var (request, _) = await session.AskAsync(new(observed, AddressTransport.Tcp), Method, default, cancel);
            while (await line.HearAsync(patience.Token) is { } said)
            {
                if (said.Challenge is not { } text || !SenderMessage.TryReadChallenge(text, out var challenge)) continue;
                session.Say("answering it");
                return await session.AnswerAsync(request, challenge, default, cancel);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // said below
        }

        throw new HawserException(Reason.Unreachable, $"the challenge of the hub {session.Place.Name} did not come", "try again");
    }

    // Without an address: wherever the hub sees us, which it says.
    private static async Task<HostPort?> ConsentAsync(Sp3Line line, CancellationToken cancel)
    {
        await line.SayAsync(new SenderMessage.Consent(new(default, 1), (int)Patience.TotalSeconds), cancel);
        return (await line.HearAsync(cancel))?.Observed;
    }
}
