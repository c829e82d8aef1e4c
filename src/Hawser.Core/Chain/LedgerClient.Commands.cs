using Hawser.Crypto;
using Hawser.Proof;

namespace Hawser.Chain;

// What the owner asks for, and what becomes of the money.
internal sealed partial class LedgerClient
{
    /// <summary>Bytes of the script that would carry an invitation to a contact; null if there are no keys for it.</summary>
    public int? SizeOfInvitation(in DhPublicKey contact, MessageProfile profile, HostPort own, bool isCertified = false) =>
        WritingTo(contact) is { } keys ? SizeOf(keys, MessageKind.Invitation, profile, own, isCertified) : null;

    /// <summary>The same of an answer, which is of one size to everybody.</summary>
    public int SizeOfAnswer(MessageProfile profile, HostPort own, bool isCertified = false) => SizeOf(null, MessageKind.Acceptance, profile, own, isCertified);

    /// <summary>The same of taking something back.</summary>
    public int SizeOfCancel(MessageProfile profile) => SizeOf(null, MessageKind.Cancel, profile, null, isCertified: false);

    /// <summary>Begins an invitation; null if the contact has no keys for it. A live one to the same contact is given up.</summary>
    /// <param name="now">Now.</param>
    /// <param name="contact">Whom to meet.</param>
    /// <param name="own">Where we wait.</param>
    /// <param name="profile">How to write it.</param>
    /// <param name="introduce">Whether the contact may not know us yet: then its hash stands for it, and it is paid a little to look.</param>
    /// <param name="maxFee">Satoshi, at most.</param>
    /// <param name="certificate">Of the own address, for the full profile; null goes without.</param>
    public Meeting? Invite(Moment now, DhPublicKey contact, HostPort own, MessageProfile profile, bool introduce, ulong maxFee, AddressCertificate? certificate = null)
    {
        if (WritingTo(contact) is not { } keys) return null;
        foreach (var old in _meetings.Values.Where(m => m.Contact == contact && m.Role is MeetingRole.Inviter && !m.IsOver).ToArray())
            Fail(now, old, "another invitation took its place");
        var meeting = Begin(now, new()
        {
            Number = 0, Role = MeetingRole.Inviter, State = MeetingState.Drafted, Profile = introduce ? MessageProfile.Full : profile,
            Contact = contact, Generation = keys.Keys.Number, Own = own,
        });
        if (introduce) _introducing.Add(meeting.Number);
        Certify(meeting, certificate);
        Fund(meeting, keys, MessageKind.Invitation, maxFee);
        return meeting;
    }

    private readonly HashSet<long> _introducing = [];
    private readonly Dictionary<long, byte[]> _certificates = []; // for what is being written

    /// <summary>Answers an invitation that waits; false if there is none of this number, or its writer is still a stranger.</summary>
    public bool Accept(Moment now, long number, HostPort own, ulong maxFee, bool automatic = false, AddressCertificate? certificate = null)
    {
        if (Find(number) is not { State: MeetingState.Decrypted } meeting || KeysOf(meeting) is not { } keys) return false;
        meeting = Set(now, meeting with { State = MeetingState.Accepting, Own = own, IsAutomatic = automatic, Trouble = null });
        Certify(meeting, certificate);
        Fund(meeting, keys, MessageKind.Acceptance, maxFee);
        return true;
    }

    /// <summary>A stranger has been made a contact, with the keys that it gave.</summary>
    public bool Adopt(Moment now, long number)
    {
        if (Find(number) is not { Stranger: { } stranger, Contact: { } contact } meeting) return false;
        if (Array.Find(_known, known => known.Channel == contact && known.Keys.Peer == stranger) is not { } keys) return false;
        Set(now, meeting with { Stranger = null, Generation = keys.Keys.Number });
        return true;
    }

    /// <summary>Takes back what was said: the peer is told by a transaction of its own.</summary>
    public bool Cancel(long number, ulong maxFee)
    {
        if (Find(number) is not { IsOver: false } meeting || meeting.Invitation.IsZero || KeysOf(meeting) is not { } keys) return false;
        Fund(meeting, keys, MessageKind.Cancel, maxFee);
        return true;
    }

    /// <summary>Puts an invitation aside without a word to anybody.</summary>
    public bool Forget(Moment now, long number)
    {
        if (Find(number) is not { IsOver: false } meeting) return false;
        Fail(now, meeting, "put aside");
        return true;
    }

    /// <summary>The script of the message, once it is known what the transaction spends; null if it is wanted no more.</summary>
    public byte[]? Compose(long number, OutPoint[] inputs)
    {
        if (!_funding.TryGetValue(number, out var kind) || Find(number) is not { } meeting || KeysOf(meeting) is not { } keys) return null;
        OutPoint[] sorted = [.. inputs];
        var outpoints = Outpoints.Hash(sorted);
        var reference = meeting.Profile is MessageProfile.Compact
            ? InvitationReference.Compact(meeting.Invitation)
            : InvitationReference.Full(meeting.Invitation);
        var content = new MessageContent(kind, kind is MessageKind.Cancel ? null : meeting.Own, kind is MessageKind.Invitation ? default : reference);
        var field = IsIntroducing(meeting, kind) ? keys.Keys.Peer.Hash : keys.Outgoing.TagOf(outpoints);
        if (meeting.Profile is MessageProfile.Compact)
            return new Announcement(MessageProfile.Compact, field, CompactMessage.Seal(keys.Outgoing, outpoints, content, _entropy)).Write();
        var full = Draft(keys, content, kind is MessageKind.Cancel ? [] : _certificates.GetValueOrDefault(number, []));
        full = full with { Signature = keys.Keys.Own.Sign(full.Challenge(_setup.Network, keys.Keys.Peer.Hash, sorted)) };
        return new Announcement(MessageProfile.Full, field,
            FullSeal.Seal(_setup.Network, keys.Keys.Peer, outpoints, field, full.Write(), _entropy)).Write();
    }

    /// <summary>The transaction that carries the message is signed; it goes out when it is durable.</summary>
    public void Signed(Moment now, long number, LedgerTransaction transaction, ulong fee)
    {
        if (!_funding.Remove(number, out var kind) || Find(number) is not { } meeting) return;
        _introducing.Remove(number);
        _certificates.Remove(number);
        var script = transaction.Outputs.Select(output => output.Script).First(script => Announcement.IsFlagged(script));
        if (!Announcement.TryRead(script, out var announcement)) throw new ArgumentException("without the message", nameof(transaction));
        var (outpoints, id, hash) = (transaction.OutpointsHash, transaction.Id, Sha256.Hash(announcement.Message));
        meeting = meeting with { Raw = transaction.Write(), Fee = meeting.Fee + fee };
        _unsaved.Add(number);
        switch (kind)
        {
            case MessageKind.Invitation:
                Set(now, meeting with { State = MeetingState.Sent, Invitation = outpoints, InvitationId = id, InvitationHash = hash });
                break;
            case MessageKind.Acceptance:
                Set(now, meeting with { Answer = outpoints, AnswerId = id, AnswerHash = hash });
                break;
            case MessageKind.Cancel:
                Set(now, meeting with { State = MeetingState.Failed, Trouble = "taken back", Own = null, Peer = null });
                _retries.Remove(number);
                break;
        }
    }

    /// <summary>The meeting, as it was told to save it last, is on disk.</summary>
    public void Saved(long number)
    {
        if (_unsaved.Remove(number) && Find(number) is { } meeting) _events.Enqueue(new LedgerEvent.SendWanted(number, meeting.Raw));
    }

    /// <summary>The node has taken the transaction.</summary>
    public void Sent(Moment now, long number)
    {
        if (Find(number) is { State: MeetingState.Accepting } meeting) Address(now, meeting);
        else if (Find(number) is { State: MeetingState.Failed } taken) _events.Enqueue(new LedgerEvent.Ended(taken));
    }

    /// <summary>No coins, no node, or too dear.</summary>
    public void NotFunded(Moment now, long number, string why)
    {
        if (!_funding.Remove(number, out var kind) || Find(number) is not { } meeting) return;
        if (kind is MessageKind.Invitation) Fail(now, meeting, why);
        else Set(now, meeting with { State = kind is MessageKind.Acceptance ? MeetingState.Decrypted : meeting.State, Trouble = why });
    }

    /// <summary>The node refuses the transaction, for good.</summary>
    public void NotSent(Moment now, long number, string why)
    {
        if (Find(number) is not { } meeting) return;
        if (Coins is not null && LedgerTransaction.TryRead(meeting.Raw, out var refused))
            foreach (var input in refused.Inputs) Coins.Release(input.Spent);
        if (meeting.State is MeetingState.Sent) Fail(now, meeting, why);
        else if (meeting.State is MeetingState.Accepting) Set(now, meeting with { State = MeetingState.Decrypted, Raw = [], Answer = default, Trouble = why });
    }

    /// <summary>Both dial and listen now.</summary>
    public void Dialling(Moment now, long number)
    {
        if (Find(number) is { State: MeetingState.Addressed } meeting) Set(now, meeting with { State = MeetingState.Handshaking });
    }

    /// <summary>How that ended: whether the peer proved the key that belongs to its chain key.</summary>
    public void Handshook(Moment now, long number, bool proved)
    {
        if (Find(number) is not { State: MeetingState.Handshaking or MeetingState.Addressed } meeting) return;
        if (proved)
        {
            _retries.Remove(number);
            meeting = Set(now, meeting with { State = MeetingState.Connected, Trouble = null });
            _events.Enqueue(new LedgerEvent.Ended(meeting));
        }
        else if (meeting.Failures + 1 >= Attempts)
        {
            Fail(now, meeting with { Failures = Attempts }, "nobody answered there with the right key");
        }
        else
        {
            meeting = Set(now, meeting with { State = MeetingState.Addressed, Failures = meeting.Failures + 1 });
            _retries[number] = now.Mono + FirstBackOff * (1 << (2 * (meeting.Failures - 1)));
        }
    }

    private PreparedGeneration? WritingTo(DhPublicKey contact) => Array.FindLast(_known, known => known.Channel == contact && known.Keys.IsConfirmed);

    private void Fund(Meeting meeting, PreparedGeneration keys, MessageKind kind, ulong? maxFee)
    {
        _funding[meeting.Number] = kind;
        var more = IsIntroducing(meeting, kind) ? new LedgerOutput(OwnCoins.Dust, SegwitAddress.ScriptOf(keys.Keys.Peer.Hash)) : null;
        _events.Enqueue(new LedgerEvent.FundWanted(meeting.Number, kind, SizeOf(keys, kind, meeting.Profile, meeting.Own, kind is not MessageKind.Cancel && _certificates.ContainsKey(meeting.Number)), more, maxFee));
    }

    private void Certify(Meeting meeting, AddressCertificate? certificate)
    {
        if (certificate is not null && meeting.Profile is MessageProfile.Full) _certificates[meeting.Number] = CarriedCertificate.Write(certificate);
        else _certificates.Remove(meeting.Number);
    }

    private bool IsIntroducing(Meeting meeting, MessageKind kind) => kind is MessageKind.Invitation && _introducing.Contains(meeting.Number);

    private int SizeOf(PreparedGeneration? keys, MessageKind kind, MessageProfile profile, HostPort? own, bool isCertified)
    {
        if (profile is MessageProfile.Compact) return Announcement.SizeFor(CompactMessage.SizeOf(kind, own));
        var full = Draft(keys, new(kind, kind is MessageKind.Cancel ? null : own, InvitationReference.Full(Sha256.Hash(""u8))), isCertified ? new byte[CarriedCertificate.Size] : []);
        return Announcement.SizeFor(FullSeal.Overhead + (full with { Signature = new byte[LedgerPublicKey.SignatureSize] }).Write().Length);
    }

    private FullMessage Draft(PreparedGeneration? keys, in MessageContent content, byte[] certificate)
    {
        var isInvitation = content.Kind is MessageKind.Invitation;
        return new()
        {
            Kind = content.Kind,
            Address = content.Address,
            Certificate = certificate,
            From = isInvitation ? keys!.Keys.Own.Public : null,
            Channel = isInvitation ? _setup.Channel : null,
            ReplyTo = isInvitation ? default : content.Reference.Whole,
        };
    }
}
