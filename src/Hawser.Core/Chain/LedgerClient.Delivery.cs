using Hawser.Crypto;

namespace Hawser.Chain;

// A message that is proved to be its writer's, and for us.
internal sealed partial class LedgerClient
{
    private void Deliver(Moment now, in TransactionSpan transaction, in Letter letter, PreparedGeneration? keys, FullMessage? stranger, in MessageContent content, ReadOnlySpan<byte> certificate)
    {
        var word = WordFor(now, keys?.Channel, content.Address, certificate);
        if (letter.Height is { } height && Best - height >= Life)
        {
            Drop(LedgerDrop.Stale);
        }
        else if (content.Address is { } address && !_setup.MayDial(address))
        {
            Drop(LedgerDrop.Address);
        }
        else if (word is AddressWord.Wrong || (_setup.RequiresProof && content.Address is not null && word is not AddressWord.Proven))
        {
            Drop(LedgerDrop.Certificate);
        }
        else
        {
            var weighed = letter with { IsProven = word is AddressWord.Proven };
            switch (content.Kind)
            {
                case MessageKind.Invitation: Invited(now, transaction, weighed, keys, stranger, content.Address!.Value); break;
                case MessageKind.Acceptance: Accepted(now, transaction, weighed, keys!, content); break;
                case MessageKind.Cancel: Cancelled(now, keys!, content); break;
            }
        }
    }

    private AddressWord WordFor(Moment now, DhPublicKey? contact, HostPort? address, ReadOnlySpan<byte> certificate)
    {
        if (certificate.IsEmpty || address is not { } at) return AddressWord.None;
        return _setup.Certificates() is { } check ? check.Judge(now.Utc, contact, at, certificate) : AddressWord.Unchecked;
    }

    private void Invited(Moment now, in TransactionSpan transaction, in Letter letter, PreparedGeneration? keys, FullMessage? stranger, HostPort peer)
    {
        if (Replaced(now, transaction, letter, MeetingRole.Invitee, peer)) return;
        var contact = keys?.Channel;
        var own = contact is null ? null : _meetings.Values.LastOrDefault(m =>
            m.Contact == contact && m.Role is MeetingRole.Inviter && m.State is MeetingState.Drafted or MeetingState.Sent && m.Contact == contact);
        if (own is { State: MeetingState.Sent })
        {
            Settle(now, transaction, letter, own, keys!, peer);
            return;
        }

        var meeting = Begin(now, new()
        {
            Number = 0, Role = MeetingRole.Invitee, State = MeetingState.Decrypted, Profile = letter.Profile, Contact = contact ?? stranger?.Channel,
            Stranger = stranger?.From, Generation = keys?.Keys.Number ?? 0, Invitation = letter.Outpoints, InvitationId = transaction.Id,
            InvitationHash = letter.Hash, PeerInputs = InputsOf(transaction), Peer = peer, IsProven = letter.IsProven, Height = letter.Height,
        });
        if (own is { State: MeetingState.Drafted })
        {
            // We were about to call: they were faster, and what was granted for our call does for the answer.
            Fail(now, own, "the peer called first");
            if (own.Own is { } waiting) Accept(now, meeting.Number, waiting, _setup.MaxFee);
        }
        else if (keys is not null && _setup.AcceptsContacts)
        {
            AcceptUnasked(now, meeting);
        }
    }

    // Nobody sits here: what this may cost is capped, in number and in money.
    private void AcceptUnasked(Moment now, Meeting meeting)
    {
        var recent = _meetings.Values.Where(m => m.IsAutomatic && now.Utc - m.Begun < Day).ToArray();
        var spent = recent.Aggregate(0ul, (sum, m) => sum + m.Fee);
        if (recent.Count(m => m.Contact == meeting.Contact) >= _setup.AcceptsPerDay)
            Set(now, meeting with { Trouble = $"this contact was answered {_setup.AcceptsPerDay} times within a day: accept it by hand" });
        else if (spent >= _setup.DailyFee || recent.Any(m => m.State is MeetingState.Accepting && m.Raw.Length == 0))
            Set(now, meeting with { Trouble = "what may be spent in a day without asking is spent: accept it by hand" });
        else if (_setup.OwnAddress() is not { } own)
            Set(now, meeting with { Trouble = "it is not known where this node can be reached: accept it with --at HOST:PORT" });
        else
            Accept(now, meeting.Number, own, Math.Min(_setup.MaxFee, _setup.DailyFee - spent), automatic: true);
    }

    // Both invited at once: the lower o is the invitation, the other serves as its answer, and nobody spends more.
    private void Settle(Moment now, in TransactionSpan transaction, in Letter letter, Meeting own, PreparedGeneration keys, HostPort peer)
    {
        own = own with { Peer = peer, IsProven = letter.IsProven, PeerInputs = InputsOf(transaction), Height = letter.Height };
        var id = transaction.Id;
        Address(now, own.Invitation < letter.Outpoints
            ? own with { Answer = letter.Outpoints, AnswerId = id, AnswerHash = letter.Hash }
            : own with
            {
                Role = MeetingRole.Invitee, Generation = keys.Keys.Number,
                Answer = own.Invitation, AnswerId = own.InvitationId, AnswerHash = own.InvitationHash,
                Invitation = letter.Outpoints, InvitationId = id, InvitationHash = letter.Hash,
            });
    }

    private void Accepted(Moment now, in TransactionSpan transaction, in Letter letter, PreparedGeneration keys, in MessageContent content)
    {
        if (Replaced(now, transaction, letter, MeetingRole.Inviter, content.Address!.Value)) return;
        if (MeetingNamed(content.Reference, keys.Channel) is not { Role: MeetingRole.Inviter, State: MeetingState.Sent } meeting || IsExpired(now, meeting))
        {
            Drop(LedgerDrop.Reply);
            return;
        }

        Address(now, meeting with
        {
            Answer = letter.Outpoints, AnswerId = transaction.Id, AnswerHash = letter.Hash, Peer = content.Address, IsProven = letter.IsProven,
            PeerInputs = InputsOf(transaction), Height = letter.Height,
        });
    }

    private void Cancelled(Moment now, PreparedGeneration keys, in MessageContent content)
    {
        if (MeetingNamed(content.Reference, keys.Channel) is { IsOver: false } meeting) Fail(now, meeting, "the peer has taken it back");
        else Drop(LedgerDrop.Reply);
    }

    // The same coins, other words: the newest is what the peer means. It costs nothing, for what we answered stays answered.
    private bool Replaced(Moment now, in TransactionSpan transaction, in Letter letter, MeetingRole role, HostPort peer)
    {
        var outpoints = letter.Outpoints;
        var meeting = _meetings.Values.FirstOrDefault(m => m.Role == role
            && outpoints == (role is MeetingRole.Invitee ? m.Invitation : m.Answer));
        if (meeting is null) return false;
        if (meeting.IsOver)
        {
            Drop(LedgerDrop.Seen);
            return true;
        }

        meeting = meeting with { Peer = peer, IsProven = letter.IsProven, Height = letter.Height };
        meeting = role is MeetingRole.Invitee
            ? meeting with { InvitationId = transaction.Id, InvitationHash = letter.Hash }
            : meeting with { AnswerId = transaction.Id, AnswerHash = letter.Hash };
        if (meeting.State is MeetingState.Addressed or MeetingState.Handshaking) Address(now, meeting);
        else Set(now, meeting);
        return true;
    }

    private Meeting? MeetingNamed(InvitationReference reference, DhPublicKey? contact) => _meetings.Values.LastOrDefault(m =>
        (contact is null || m.Contact == contact) && !m.Invitation.IsZero && reference.Names(m.Invitation, m.InvitationId));

    private static OutPoint[] InputsOf(in TransactionSpan transaction)
    {
        var inputs = new OutPoint[transaction.InputCount];
        var walk = transaction.Inputs;
        for (var i = 0; walk.MoveNext(); i++) inputs[i] = walk.Spent;
        return inputs;
    }
}
