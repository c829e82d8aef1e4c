using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

// What the ledger brings. Cheapest first: chain.md §5.2. Nothing is ever answered because it was wrong.
internal sealed partial class LedgerClient
{
    private const int HeaderSize = 80;

    private readonly OutPoint[] _inputs = new OutPoint[Outpoints.Max];
    private readonly Dictionary<OutPoint, long> _watched = [];

    /// <summary>A transaction that waits for a block; false if it is none.</summary>
    public bool Receive(Moment now, ReadOnlySpan<byte> transaction)
    {
        if (!TransactionSpan.TryReadWhole(transaction, out var span)) return false;
        Look(now, span, null);
        return true;
    }

    /// <summary>A block; false if it is none, and then what came before the fault has been looked at.</summary>
    public bool Receive(Moment now, int height, ReadOnlySpan<byte> block)
    {
        (Best, Reached) = (Math.Max(Best, height), Math.Max(Reached, height));
        var reader = new LedgerReader(block);
        if (!reader.TrySkip(HeaderSize) || !reader.TryReadCount(out var count)) return false;
        for (var i = 0; i < count; i++)
        {
            if (!TransactionSpan.TryRead(ref reader, out var transaction)) return false;
            Look(now, transaction, height);
        }

        Expire(now);
        return reader.AtEnd;
    }

    /// <summary>Blocks from this height on are no longer there: what they held waits for a block again.</summary>
    public void Disconnect(Moment now, int height)
    {
        Reached = Math.Min(Reached, height - 1);
        Coins?.Disconnect(height);
        foreach (var meeting in _meetings.Values.Where(m => m.Height >= height).ToArray()) Set(now, meeting with { Height = null });
    }

    private void Look(Moment now, in TransactionSpan transaction, int? height)
    {
        var (flagged, mine) = (false, false);
        var outputs = transaction.Outputs;
        while (outputs.MoveNext())
        {
            Scanned++;
            var script = outputs.Script;
            if (script.Length == SegwitAddress.ScriptSize) mine |= Coins?.IsMine(script) is true;
            else flagged |= Announcement.IsFlagged(script);
        }

        var watched = false;
        if (_watched.Count > 0 || Coins?.All.Count > 0)
        {
            var inputs = transaction.Inputs;
            while (inputs.MoveNext())
            {
                var spent = inputs.Spent;
                Coins?.Spent(spent);
                watched |= _watched.ContainsKey(spent);
            }
        }

        if (mine) TakeCoins(transaction, height);
        if (!flagged && !watched) return;
        if (transaction.InputCount > _inputs.Length)
        {
            if (flagged) Drop(LedgerDrop.Inputs);
            if (watched && height is not null) FailConflicting(now, transaction, default);
            return;
        }

        var outpoints = HashInputs(transaction);
        if (flagged)
        {
            outputs = transaction.Outputs;
            while (outputs.MoveNext())
                if (Announcement.IsFlagged(outputs.Script)) Judge(now, transaction, height, outpoints, outputs.Script);
        }

        if (watched && height is not null) FailConflicting(now, transaction, outpoints);
    }

    private Bytes32 HashInputs(in TransactionSpan transaction)
    {
        var walk = transaction.Inputs;
        for (var i = 0; walk.MoveNext(); i++) _inputs[i] = walk.Spent;
        return Outpoints.Hash(_inputs.AsSpan(0, transaction.InputCount));
    }

    private void TakeCoins(in TransactionSpan transaction, int? height)
    {
        var id = transaction.Id;
        var outputs = transaction.Outputs;
        while (outputs.MoveNext()) Coins!.See(id, outputs.Index, outputs.Value, outputs.Script, height);
    }

    private void Judge(Moment now, in TransactionSpan transaction, int? height, in Bytes32 outpoints, ReadOnlySpan<byte> script)
    {
        if (!Announcement.TryRead(script, out var announcement) || !HasForm(announcement))
        {
            Drop(LedgerDrop.Length);
            return;
        }

        var field = Bytes20.Read(announcement.Field);
        var keys = Recognise(field, outpoints);
        if (keys is null && !(announcement.Profile is MessageProfile.Full && field == _setup.Own.Public.Hash))
        {
            Drop(LedgerDrop.NotOurs);
            return;
        }

        var letter = new Letter(outpoints, Sha256.Hash(announcement.Message), announcement.Profile, height);
        if (IsSeen(now, letter))
        {
            Drop(LedgerDrop.Seen);
            return;
        }

        if (announcement.Profile is MessageProfile.Full)
        {
            ReadFull(now, transaction, letter, keys, field, announcement.Message);
            return;
        }

        var fault = CompactMessage.TryOpen(keys!.Incoming, outpoints, field, announcement.Message, out var content);
        if (fault is not MessageFault.None) Drop(DropFor(fault));
        else if (!SpentWhole.IsWhole(transaction)) Drop(LedgerDrop.Inputs);
        else Deliver(now, transaction, letter, keys, null, content, []);
    }

    private static bool HasForm(in Announcement announcement) => announcement.Profile is MessageProfile.Compact
        ? CompactMessage.HasForm(announcement.Message)
        : announcement.Message.Length is > FullSeal.Overhead and <= FullSeal.MaxSize;

    // One hash for each generation of each contact, and nothing kept.
    private PreparedGeneration? Recognise(in Bytes20 field, in Bytes32 outpoints)
    {
        foreach (var known in _known)
            if (known.Incoming.TagOf(outpoints) == field) return known;
        return null;
    }

    // The same words under the same outpoints are the same message, whatever the ID of what carries them.
    private bool IsSeen(Moment now, in Letter letter)
    {
        foreach (var meeting in _meetings.Values)
        {
            var (invitation, answer) = (meeting.Invitation == letter.Outpoints, meeting.Answer == letter.Outpoints);
            if (!(invitation && meeting.InvitationHash == letter.Hash) && !(answer && meeting.AnswerHash == letter.Hash)) continue;
            var isPeers = invitation == meeting.Role is MeetingRole.Invitee;
            if (isPeers && letter.Height is { } height && meeting.Height != height) Set(now, meeting with { Height = height });
            return true;
        }

        return false;
    }

    private void ReadFull(Moment now, in TransactionSpan transaction, in Letter letter, PreparedGeneration? keys, in Bytes20 field, ReadOnlySpan<byte> sealedMessage)
    {
        var own = keys?.Keys.Own ?? _setup.Own;
        if (!FullSeal.TryOpen(_setup.Network, own, letter.Outpoints, field, sealedMessage, out var plain))
        {
            Drop(LedgerDrop.Sealed);
            return;
        }

        if (!FullMessage.TryRead(plain, out var message))
        {
            Drop(FullMessage.KindOf(plain) is null ? LedgerDrop.Malformed : LedgerDrop.Kind);
            return;
        }

        // By its hash anybody may write to us; who it is then shows only here.
        if (keys is null && message.From is { } from) keys = Array.Find(_known, known => known.Keys.Peer == from && known.Keys.Own.Public == own.Public);
        if (keys is null && message.Kind is not MessageKind.Invitation) keys = MeetingNamed(message.Content.Reference, null) is { } named ? KeysOf(named) : null;
        var isStranger = keys is null;
        if (isStranger && !MayKnock(transaction, message) || (keys is not null && message.From is { } writer && writer != keys.Keys.Peer))
        {
            Drop(LedgerDrop.Sender);
            return;
        }

        var signer = keys?.Keys.Peer ?? message.From!.Value;
        HashInputs(transaction); // fills what is spent, sorted
        if (!SpentWhole.IsWhole(transaction)) Drop(LedgerDrop.Inputs);
        else if (!signer.Verify(message.Challenge(_setup.Network, own.Public.Hash, _inputs.AsSpan(0, transaction.InputCount)), message.Signature)) Drop(LedgerDrop.Signature);
        else Deliver(now, transaction, letter, keys, isStranger ? message : null, message.Content, message.Certificate);
    }

    private bool MayKnock(in TransactionSpan transaction, FullMessage message)
    {
        if (!_setup.HearsStrangers || message is not { Kind: MessageKind.Invitation, Channel: not null, From: not null } || message.From == _setup.Own.Public) return false;
        if (_known.Any(known => known.Channel == message.Channel)) return false; // a contact's channel key, under a chain key that is not its own
        if (_meetings.Values.Count(m => m is { State: MeetingState.Decrypted, Stranger: not null }) >= MaxStrangers) return false;
        var outputs = transaction.Outputs;
        while (outputs.MoveNext())
        {
            if (SegwitAddress.TryReadScript(outputs.Script, out var paid) && paid == _setup.Own.Public.Hash && outputs.Value >= _setup.MinStrangerPayment) return true;
        }

        return false;
    }

    // A confirmed transaction that spends what a live message spent, and is not that message.
    private void FailConflicting(Moment now, in TransactionSpan transaction, in Bytes32 outpoints)
    {
        var inputs = transaction.Inputs;
        while (inputs.MoveNext())
        {
            if (!_watched.TryGetValue(inputs.Spent, out var number) || Find(number) is not { IsOver: false } meeting) continue;
            var isPeers = outpoints == (meeting.Role is MeetingRole.Invitee ? meeting.Invitation : meeting.Answer);
            var isOwn = outpoints == (meeting.Role is MeetingRole.Invitee ? meeting.Answer : meeting.Invitation);
            var hash = meeting.Role is MeetingRole.Invitee ? meeting.InvitationHash : meeting.AnswerHash;
            if (!isOwn && !(isPeers && Carries(transaction, hash))) Fail(now, meeting, "another transaction spent what it was written with");
        }
    }

    private static bool Carries(in TransactionSpan transaction, in Bytes32 hash)
    {
        var outputs = transaction.Outputs;
        while (outputs.MoveNext())
            if (Announcement.TryRead(outputs.Script, out var announcement) && Sha256.Hash(announcement.Message) == hash) return true;
        return false;
    }

    private void RefreshWatch()
    {
        _watched.Clear();
        foreach (var meeting in _meetings.Values)
        {
            if (meeting.IsOver) continue;
            foreach (var spent in meeting.PeerInputs) _watched[spent] = meeting.Number;
            if (meeting.Raw.Length == 0 || !TransactionSpan.TryReadWhole(meeting.Raw, out var own)) continue;
            var inputs = own.Inputs;
            while (inputs.MoveNext()) _watched[inputs.Spent] = meeting.Number;
        }
    }

    private static LedgerDrop DropFor(MessageFault fault) => fault switch
    {
        MessageFault.Length => LedgerDrop.Length,
        MessageFault.Sealed => LedgerDrop.Sealed,
        MessageFault.Kind => LedgerDrop.Kind,
        MessageFault.Carrier => LedgerDrop.Carrier,
        MessageFault.Malformed or MessageFault.None => LedgerDrop.Malformed,
    };

    /// <summary>What is known of a message before it is opened; whether its address is proven, only after that.</summary>
    private readonly record struct Letter(Bytes32 Outpoints, Bytes32 Hash, MessageProfile Profile, int? Height, bool IsProven = false);
}
