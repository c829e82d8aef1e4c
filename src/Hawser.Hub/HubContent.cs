using System.Globalization;
using System.Text;
using Hawser.Federation;
using Hawser.Hub.Http;
using Hawser.Hub.Store;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Tlog;

namespace Hawser.Hub;

/// <summary>What the hub's HTTP tells and takes: the admin's machine, the logs, users.</summary>
internal sealed class HubContent(
    Genesis genesis, HubStore store, AdminHost admin, TimeProvider clock, Func<IReadOnlyList<(string, long)>> counts, ProvingDesk? prover = null, bool keepsAll = true) : IHubContent
{
    private readonly Lock _gate = new();
    private readonly LocatorShelf _locators = new();
    private readonly byte[] _federation = Encoding.UTF8.GetBytes(genesis.ToString());
    private (RoutingTick Timestamp, long Issued) _guests;

    public static HubCard CardOf(HubStore store, Genesis? genesis, Crypto.SigningKey? with = null)
    {
        var (identity, key) = (store.Identity, with ?? store.AdminKey);
        return new HubCard
        {
            Name = identity.Name, Url = identity.Url, At = identity.At, AdminKey = key.Public,
            ChannelKey = store.ChannelKey.Public, Genesis = genesis?.Hash,
        }.SignWith(key);
    }

    public byte[] Card() => CardOf(store, genesis, admin.Me is { } me ? KeyOf(me) : null).Write();

    public byte[] FederationText() => _federation;

    public IReadOnlyList<(string Name, long Value)> Counts() => counts();

    public HubAnswer Health() => admin.IsHalted
        ? HubAnswer.Reject(503, "this admin signs nothing more: its fold is not what a quorum signed")
        : admin.Trouble is { } trouble ? HubAnswer.Reject(503, trouble)
        : HubAnswer.OkText(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"ok {admin.Last?.Header.Height ?? 0}\n")));

    /// <summary>Only one's own head: what another log's head is, its admin signs.</summary>
    public async Task<HubAnswer> CheckpointAsync(RoutingId of, CancellationToken cancel) =>
        of == admin.Me?.Id ? await AskAsync(AdminVerb.Checkpoint, default, ReadOnlyMemory<byte>.Empty, cancel).ConfigureAwait(false) : HubAnswer.Missing;

    public HubAnswer TileOf(RoutingId of, Tile tile)
    {
        if (admin.Epochs.Find(of) is null) return HubAnswer.Missing;
        if (tile.Level != Tile.Entries)
            return admin.HashesOf(of, tile) is { } hashes ? HubAnswer.OkBinary(hashes, tile.IsFull) : HubAnswer.Missing;
        var leaves = store.Leaves(of, checked((ulong)(tile.Index * Tile.FullWidth)), tile.Width);
        return leaves.Count == tile.Width ? HubAnswer.OkBinary(new EntryBundle(leaves).Write(), tile.IsFull)
            : store.ForgottenTiles(of) > tile.Index ? HubAnswer.Reject(404, "these entries are not kept here any more; ask the log's own hub, or one that keeps all")
            : HubAnswer.Missing;
    }

    public HubAnswer Certificate(uint? height) =>
        (height ?? admin.Last?.Header.Height) is { } wanted && store.Certificate(wanted) is { } file
            ? HubAnswer.OkText(file, forever: height is not null)
            : HubAnswer.Missing;

    public HubAnswer CertificateOf(string tick) =>
        store.Certificate(tick) is { } file ? HubAnswer.OkText(file, forever: true) : HubAnswer.Missing;

    /// <summary>Ends the epoch of this number: other members follow.</summary>
    public HubAnswer Epoch(int number) => admin.Epochs.EndOf(number) is { } height && store.Certificate(height) is { } file
        ? HubAnswer.OkText(file, forever: true) : HubAnswer.Missing;

    public async Task<HubAnswer> ProofAsync(RoutingId id, CancellationToken cancel) =>
        await admin.ProofAsync(id, cancel).ConfigureAwait(false) is { } proof
            ? HubAnswer.OkBinary(proof)
            : HubAnswer.Reject(503, "no height is certified yet, or the next is about to be; ask again");

    public HubAnswer DeedOf(RoutingId id) => admin.DeedOf(id) is { } deed ? HubAnswer.OkText(deed) : HubAnswer.Missing;

    /// <summary>Half of the ration of a timestamp is kept for users; and they are counted one by one, not by network.</summary>
    public Task<HubAnswer> TicketAsync(HubCall call, CancellationToken cancel)
    {
        if (call.Mark.Length > 0)
        {
            return UserOf(call) is { } user
                ? AskAsync(AdminVerb.Ticket, PlaceOf(user), call.Body, cancel)
                : Task.FromResult(HubAnswer.Reject(403, "that key has not signed on here, or did not sign this request"));
        }

        return TrySpendGuestTicket()
            ? AskAsync(AdminVerb.Ticket, new(call.From.Bits, 0), call.Body, cancel)
            : Task.FromResult(HubAnswer.Reject(503, "the tickets of this tick for guests are used up; sign on, ask another admin, or at the next tick"));
    }

    public Task<HubAnswer> SubmitAsync(HubCall call, CancellationToken cancel) => LogEntry.KindOf(call.Body) switch
    {
        LogEntryKind.Sealed => AskAsync(AdminVerb.Claim, new(call.From.Bits, 0), call.Body, cancel),
        LogEntryKind.Reveal => AskAsync(AdminVerb.Reveal, new(call.From.Bits, 0), call.Body, cancel),
        LogEntryKind.Record => AskAsync(AdminVerb.Record, new(call.From.Bits, 0), call.Body, cancel),
        LogEntryKind.TooLarge => Task.FromResult(HubAnswer.Reject(413, "no record is that long")),
        LogEntryKind.Evidence => AskAsync(AdminVerb.Evidence, new(call.From.Bits, 0), call.Body, cancel),
        LogEntryKind.Vote or LogEntryKind.Share or LogEntryKind.Other => Task.FromResult(HubAnswer.Reject(400, "this is no sealed claim, no reveal and no record")),
    };

    public Task<HubAnswer> EntrustAsync(HubCall call, CancellationToken cancel) =>
        AskAsync(AdminVerb.Entrust, new(call.From.Bits, 0), call.Body, cancel);

    /// <summary>A share of a reveal, of a claim that is in this hub's log.</summary>
    public Task<HubAnswer> ShareAsync(HubCall call, CancellationToken cancel) =>
        AskAsync(AdminVerb.Share, new(call.From.Bits, 0), call.Body, cancel);

    /// <summary>How a claim stands before it is decided.</summary>
    public Task<HubAnswer> TentativeAsync(string claim, CancellationToken cancel) =>
        AskAsync(AdminVerb.Tentative, default, Encoding.UTF8.GetBytes(claim), cancel);

    /// <summary>What this hub keeps of the logs, and from where on.</summary>
    public HubAnswer Records() => admin.Me is { } me
        ? HubAnswer.OkText(RecordsKept.Sign(genesis.Hash, me.Id, KeyOf(me), keepsAll && store.ForgottenFrom() is [], store.ForgottenFrom()).Write())
        : HubAnswer.Missing;

    public HubAnswer LocatorOf(RoutingId id) => _locators.Find(id, clock.GetUtcNow()) is { } locator ? HubAnswer.OkText(locator) : HubAnswer.Missing;

    /// <summary>Kept for whoever looks for its signer; worth nothing to others.</summary>
    public Task<HubAnswer> KeepLocatorAsync(HubCall call, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (!Locator.TryRead(call.Body, out var locator) || locator.Genesis != genesis.Hash)
            return Task.FromResult(HubAnswer.Reject(400, "this is no locator, or its signature does not hold"));
        if (admin.TitleOf(locator.Id) is not var (title, text) || !title.IsSomebodys
            || !locator.IsGood(clock.GetUtcNow(), title.ClaimKey, DeedRecord.DelegateOf(text)))
            return Task.FromResult(HubAnswer.Reject(400, "the locator is not by who holds the ID now, or not of these two days"));
        return Task.FromResult(_locators.Keep(locator, clock.GetUtcNow()) ? HubAnswer.Nothing
            : HubAnswer.Reject(400, "a later locator is known, or there are too many"));
    }

    public Task<HubAnswer> SignOnAsync(HubCall call, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (!SignOnRequest.TryRead(call.Body, out var request))
            return Task.FromResult(HubAnswer.Reject(400, "this is no sign-on, or its signature does not hold"));
        if (request.Genesis != genesis.Hash || admin.Me is not { } me || request.Admin != me.Id)
            return Task.FromResult(HubAnswer.Reject(400, "this is for another hub"));
        var user = store.SignOn(request.SignOn, request.ChannelKey, clock.GetUtcNow(), SystemEntropy.Shared);
        return Task.FromResult(user.Blocked
            ? HubAnswer.Reject(403, "that key is not welcome here")
            : HubAnswer.OkText(SignOnGrant.Sign(genesis.Hash, me.Id, KeyOf(me), user.SignOn, user.OwnKey.Public).Write()));
    }

    public Func<Microsoft.AspNetCore.Http.HttpContext, Task>? SenderLine => prover is null ? null : prover.Lines.ServeAsync;

    public HubAnswer Prover() => prover?.Place() ?? HubAnswer.Missing;

    public Task<HubAnswer> AskAddressAsync(HubCall call, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return Task.FromResult(prover?.Ask(call.Body) ?? HubAnswer.Missing);
    }

    public Task<HubAnswer> AnswerAddressAsync(HubCall call, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return Task.FromResult(prover?.Answer(call.Body) ?? HubAnswer.Missing);
    }

    /// <summary>A proof against an admin, from anybody.</summary>
    public Task<HubAnswer> EvidenceAsync(HubCall call, CancellationToken cancel) =>
        AskAsync(AdminVerb.Evidence, new(call.From.Bits, 0), call.Body, cancel);

    /// <summary>A hub asks to be voted for: kept for this hub's people to answer.</summary>
    public Task<HubAnswer> JoinAsync(HubCall call, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (!JoinRequest.TryRead(call.Body, out var request) || request.Genesis != genesis.Hash)
            return Task.FromResult(HubAnswer.Reject(400, "this is no request to join this federation"));
        if (!request.Change.IsPossible(genesis.Hash, admin.Members))
            return Task.FromResult(HubAnswer.Reject(400, "its key is an admin's already, the admin that it is to stand for is none, or there are too many"));
        return Task.FromResult(store.KeepQuestion(request.Change, clock.GetUtcNow()) ? HubAnswer.Nothing
            : HubAnswer.Reject(503, "there are too many questions already; ask again in some days"));
    }

    private Crypto.SigningKey KeyOf(Member me) => store.AdminKeys.First(key => key.Public == me.Key);

    public Task<HubAnswer> VoteAsync(HubCall call, CancellationToken cancel) =>
        AskAsync(AdminVerb.Votes, new(call.From.Bits, 0), call.Body, cancel);

    public Task<HubAnswer> LeavesAsync(HubCall call, CancellationToken cancel) =>
        AskAsync(AdminVerb.Leaves, new(call.From.Bits, 0), call.Body, cancel);

    private async Task<HubAnswer> AskAsync(AdminVerb verb, HostPort from, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        AdminStatus status;
        byte[] answer;
        try
        {
            (status, answer) = await admin.AskAsync(verb, from, body, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or TaskCanceledException)
        {
            return HubAnswer.Reject(503, "the hub is busy, or about to stop; ask again");
        }

        return status switch
        {
            AdminStatus.Ok when answer.Length == 0 => HubAnswer.Nothing,
            AdminStatus.Ok => verb is AdminVerb.Leaves ? HubAnswer.OkBinary(answer) : HubAnswer.OkText(answer),
            AdminStatus.Refused => HubAnswer.Reject(400, Encoding.UTF8.GetString(answer)),
            AdminStatus.NotFound => HubAnswer.Missing,
            AdminStatus.Busy => HubAnswer.Reject(503, Encoding.UTF8.GetString(answer)),
        };
    }

    private HubUser? UserOf(HubCall call) =>
        SignOnMark.TryParse(call.Mark, out var mark) && admin.Me is { } me && mark.IsFor(genesis.Hash, me.Id, call.Body)
            && store.FindUser(mark.SignOn) is { Blocked: false } user ? user : null;

    // The machine counts by the /48 of an address; in fc00::/7, which nobody asks from, that is 41 bits of the key.
    private static HostPort PlaceOf(HubUser user)
    {
        var address = user.SignOn.Bytes.ToArray()[..16];
        address[0] = (byte)(0xfc | (address[0] & 1));
        return HostPort.Read(address, 0);
    }

    private bool TrySpendGuestTicket()
    {
        if (!admin.LastTick.TryNext(out var timestamp)) return true; // the machine says why not
        lock (_gate)
        {
            if (_guests.Timestamp != timestamp) _guests = (timestamp, store.TicketsIssued(timestamp));
            return ++_guests.Issued <= genesis.MaxClaims / 2;
        }
    }
}
