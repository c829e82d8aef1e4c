using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Net.Store;
using Hawser.Wire;

namespace Hawser.Net.Hosting;

/// <summary>Agrees with a contact, over the channel that a meeting led to, on fresh keys for the next. Spec: chain.md §5.5.</summary>
/// <param name="store">Where generations are; each step is durable before the next is said.</param>
/// <param name="own">The chain key of our card.</param>
/// <param name="exporterOf">A secret of the two ends of a connection.</param>
/// <param name="changed">Told when other keys are to be looked for.</param>
internal sealed class KeyAgreement(NodeStore store, LedgerKeyPair own, Func<Peer, Bytes32?> exporterOf, Action changed) : IDisposable
{
    private const int MaxTurns = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>The inviter's side.</summary>
    /// <returns>The number of the new generation; null if it came to nothing, and the old keys stand.</returns>
    public async Task<uint?> OfferAsync(Peer peer, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        await _turn.WaitAsync(patience.Token);
        try
        {
            if (exporterOf(peer) is not { } exporter || Held(peer.ChannelKey) is not { Count: > 0 } held) return null;
            await using var stream = await peer.OpenStreamAsync("chain-keys", cancel: patience.Token);
            var above = 0u;
            for (var turn = 0; turn < MaxTurns; turn++)
            {
                var fresh = LedgerKeyPair.Generate(SystemEntropy.Shared);
                var offer = KeySchedule.Offer(held, fresh, above);
                await stream.WriteAsync(offer.Write(), patience.Token);
                if (await ReadAsync(stream, patience.Token) is not { } answer) return null;
                if (answer.Step is KeyUpdateStep.Back)
                {
                    above = Math.Max(above, answer.Next);
                    continue;
                }

                if (KeySchedule.Answered(held, offer, answer, fresh, exporter) is not { } next) return null;
                Keep(peer.ChannelKey, next);
                await stream.WriteAsync((offer with { Step = KeyUpdateStep.Confirm }).Write(), patience.Token);
                if (await ReadAsync(stream, patience.Token) is not { Step: KeyUpdateStep.Done } done || done.Next != offer.Next) return offer.Next;
                Keep(peer.ChannelKey, KeySchedule.Settled(next, offer.Next));
                await stream.CompleteWritesAsync(patience.Token);
                return offer.Next;
            }

            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The invitee's side.</summary>
    public async Task AnswerAsync(PeerStream stream, Peer peer, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        for (var turn = 0; turn < MaxTurns; turn++)
        {
            if (await ReadAsync(stream, patience.Token) is not { Step: KeyUpdateStep.Offer } offer || exporterOf(peer) is not { } exporter) return;
            var held = Held(peer.ChannelKey);
            if (held.Count == 0) return;
            var fresh = LedgerKeyPair.Generate(SystemEntropy.Shared);
            if (KeySchedule.Offered(held, offer, fresh, exporter) is not { } next)
            {
                await stream.WriteAsync(new KeyUpdate(KeyUpdateStep.Back, KeySchedule.Writing(held), KeySchedule.Highest(held), own.Public).Write(), patience.Token);
                continue;
            }

            Keep(peer.ChannelKey, next);
            await stream.WriteAsync(new KeyUpdate(KeyUpdateStep.Answer, KeySchedule.Writing(held), offer.Next, fresh.Public).Write(), patience.Token);
            if (await ReadAsync(stream, patience.Token) is not { Step: KeyUpdateStep.Confirm } confirm || confirm.Next != offer.Next) return;
            Keep(peer.ChannelKey, KeySchedule.Settled(next, offer.Next));
            await stream.WriteAsync(new KeyUpdate(KeyUpdateStep.Done, offer.Next, offer.Next, fresh.Public).Write(), patience.Token);
            await stream.CompleteWritesAsync(patience.Token);
            await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, patience.Token); // its end
            return;
        }
    }

    public void Dispose() => _turn.Dispose();

    private IReadOnlyList<KeyGeneration> Held(DhPublicKey channel) =>
        store.LedgerContacts(own).FirstOrDefault(contact => contact.Channel == channel)?.Generations ?? [];

    private void Keep(DhPublicKey channel, IReadOnlyList<KeyGeneration> next)
    {
        store.SaveLedgerKeys(channel, next, own);
        changed();
    }

    private static async Task<KeyUpdate?> ReadAsync(PeerStream stream, CancellationToken cancel)
    {
        var bytes = new byte[KeyUpdate.Size];
        return await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel) == bytes.Length
            && KeyUpdate.TryRead(bytes, out var update) ? update : null;
    }
}
