using System.Globalization;
using System.Threading.Channels;
using Hawser.Chain;
using Hawser.Net.Control;

namespace Hawser.Net.Hosting;

// How a meeting goes on, and what is said of it.
internal sealed partial class ChainVerbs
{
    private async Task ReportAsync(ControlCall call, long number, Func<Meeting, bool> isEnough, CancellationToken cancel)
    {
        var last = await FollowAsync(number, meeting => call.WriteAsync(Report(meeting), cancel), cancel, isEnough);
        if (last.State is MeetingState.Failed && last.Trouble is not ("taken back" or "put aside"))
            throw new HawserException(Reason.Failed, $"meeting {number} came to nothing: {last.Trouble}", "hawser chain status shows it");
        if (last is { State: MeetingState.Decrypted, Trouble: { } trouble })
            throw new HawserException(Reason.Failed, $"meeting {number} was not accepted: {trouble}", null);
    }

    // Tells every state of a meeting, or of what takes its place where the peer called first.
    private async Task<Meeting> FollowAsync(long number, Func<Meeting, Task> tell, CancellationToken cancel, Func<Meeting, bool>? isEnough = null)
    {
        isEnough ??= static meeting => meeting.IsOver;
        var changes = Channel.CreateUnbounded<Meeting>();
        void Take(Meeting meeting) => changes.Writer.TryWrite(meeting);
        var ledger = host.OnLedger;
        ledger.Changed += Take;
        try
        {
            var meeting = ledger.Ask((client, _) => client.Find(number))!;
            var contact = meeting.Contact;
            await tell(meeting);
            while (!isEnough(meeting) || IsOvertaken(ledger, ref meeting))
            {
                var next = await changes.Reader.ReadAsync(cancel);
                if (next.Number != meeting.Number || next == meeting || next.Contact != contact) continue;
                meeting = next;
                await tell(meeting);
            }

            return meeting;
        }
        finally
        {
            ledger.Changed -= Take;
        }
    }

    private static bool IsOvertaken(LedgerHost ledger, ref Meeting meeting)
    {
        if (meeting.State is not MeetingState.Failed) return false;
        var old = meeting;
        if (ledger.Ask((client, _) => client.Meetings.LastOrDefault(m => m.Number > old.Number && m.Contact == old.Contact && m.Role is MeetingRole.Invitee && m.State is not MeetingState.Failed)) is not { } other)
            return false;
        meeting = other;
        return !other.IsOver;
    }

    private MeetingReport Report(Meeting meeting)
    {
        var name = meeting.Contact is { } contact ? host.Store.FindContact(contact)?.Petname : null;
        LedgerTransaction.TryRead(meeting.Raw, out var raw);
        int? message = null;
        foreach (var output in raw?.Outputs ?? [])
            if (Announcement.TryRead(output.Script, out var announcement)) message = Announcement.FlagSize + announcement.Field.Length + announcement.Message.Length;
        return new(meeting.Number, name ?? meeting.Stranger?.ToString() ?? meeting.Contact?.ToString() ?? "?", Word(meeting.Role), Word(meeting.State), Word(meeting.Profile),
            IdOf(meeting.InvitationId), IdOf(meeting.AnswerId), meeting.Own?.ToString(), meeting.Peer?.ToString(), raw?.VirtualSize, message, meeting.Fee, meeting.IsAutomatic,
            meeting.Trouble, meeting.Begun, meeting.Changed, meeting.IsProven, meeting.Stranger is not null);
    }

    private string? DetailOf(Meeting meeting)
    {
        var report = Report(meeting);
        return meeting.State switch
        {
            MeetingState.Sent => string.Create(CultureInfo.InvariantCulture, $"{report.Invitation}: {report.Size} vbytes, {report.Satoshi} satoshi"),
            MeetingState.Addressed => $"{(meeting.Role is MeetingRole.Inviter ? report.Answer : report.Invitation)}: the peer waits at {report.Address}",
            MeetingState.Failed => meeting.Trouble,
            _ => null,
        };
    }

    private static string? IdOf(in Wire.Bytes32 id) => id.IsZero ? null : TxId.Show(id);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
