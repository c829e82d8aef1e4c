using System.Text;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tlog;
using Xunit;
using static Hawser.Tests.Federation.AdminClaims;

namespace Hawser.Tests.Federation;

public class AdminMachineTests
{
    [Fact]
    public void A_claim_goes_from_ticket_to_final_and_its_proof_verifies_offline()
    {
        var sim = new AdminSim(4);
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Machine!.Height > 1)));
        var claim = Claim(sim, 0, 1, 2);
        var certified = sim.Hubs[0].Machine!.Height;
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Machine!.Height > certified + 1)));

        var reveal = Reveal.Sign(sim.Genesis.Hash, claim.Sealed.Identity, claim.Seal.Seed, claim.Key);
        Assert.Equal(AdminStatus.Ok, sim.Ask(3, AdminVerb.Reveal, reveal.Write()).Status);
        Assert.True(sim.Until(() => sim.Hubs.All(h => Status(h, claim.Deed.Id) is TitleStatus.Provisional)));
        Assert.True(sim.Until(() => sim.Hubs.All(h => Status(h, claim.Deed.Id) is TitleStatus.Final)));
        Verify(sim, claim.Deed);
        Same(sim);
    }

    [Fact]
    public void A_hub_that_restarts_and_one_that_was_down_come_to_the_same_state()
    {
        var sim = new AdminSim(4, seed: 2);
        AdminSim.Stop(sim.Hubs[3]);
        var claim = Claim(sim, 0, 0, 1);
        Assert.True(sim.Until(() => sim.Hubs[0].Machine!.Height == 3));
        AdminSim.Stop(sim.Hubs[1]);
        sim.Start(sim.Hubs[1]);
        var reveal = Reveal.Sign(sim.Genesis.Hash, claim.Sealed.Identity, claim.Seal.Seed, claim.Key);
        Assert.Equal(AdminStatus.Ok, sim.Ask(1, AdminVerb.Reveal, reveal.Write()).Status);
        Assert.True(sim.Until(() => sim.Hubs[0].Machine!.Height == 5));
        sim.Start(sim.Hubs[3]);
        Assert.True(sim.Until(() => sim.Hubs.All(h => Status(h, claim.Deed.Id) is TitleStatus.Final)));
        Verify(sim, claim.Deed);
        Same(sim);
        Assert.All(sim.Hubs, h => Assert.Equal((0, 0), (h.Alarms, h.Doubles)));
    }

    [Fact]
    public void A_hub_that_was_put_back_from_a_backup_says_nothing_twice_and_takes_its_log_from_the_others()
    {
        var sim = new AdminSim(4, seed: 4);
        Assert.True(sim.Until(() => sim.Hubs[3].Machine!.Height > 2));
        var backup = sim.Hubs[3].Store.Copy();
        var claim = Claim(sim, 3, 3); // which the backup does not know
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Registry.InFlight.Any())));
        AdminSim.Stop(sim.Hubs[3]);
        backup.SilentThrough = sim.Hubs[..3].Max(h => h.Machine!.Height) - 1 + 2;
        sim.Hubs[3].Store = backup;
        sim.Start(sim.Hubs[3]);
        var refused = sim.Ask(3, AdminVerb.Claim, claim.Sealed.Text);
        Assert.Equal(AdminStatus.Busy, refused.Status);
        Assert.True(sim.Until(() => !sim.Hubs[3].Machine!.IsSilent));
        var next = Claim(sim, 0, 3);
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Registry.InFlight.Any(one => one.Identity == next.Sealed.Identity))));
        Assert.Equal(2ul, backup.LeavesOf(sim.Genesis.Founders[3].Id)); // the one that was lost, and the next behind it
        Assert.All(sim.Hubs, h => Assert.Equal((0, 0), (h.Alarms, h.Doubles)));
        Same(sim);
    }

    [Fact]
    public void One_hub_alone_is_a_federation()
    {
        var sim = new AdminSim(1);
        var claim = Claim(sim, 0, 0);
        Assert.True(sim.Until(() => sim.Hubs[0].Machine!.Height == 3));
        var reveal = Reveal.Sign(sim.Genesis.Hash, claim.Sealed.Identity, claim.Seal.Seed, claim.Key);
        Assert.Equal(AdminStatus.Ok, sim.Ask(0, AdminVerb.Reveal, reveal.Write()).Status);
        Assert.True(sim.Until(() => Status(sim.Hubs[0], claim.Deed.Id) is TitleStatus.Final));
        Verify(sim, claim.Deed);
    }

    [Fact]
    public void Whose_fold_differs_from_the_quorums_stops_signing_and_says_so()
    {
        var sim = new AdminSim(4, fold: (place, genesis) => new HashFold(genesis) { Fault = (byte)(place == 2 ? 1 : 0) });
        Assert.True(sim.Until(() => sim.Hubs[0].Machine!.Height == 4));
        Assert.Equal((1, AgreementState.Halted, 1u), (sim.Hubs[2].Alarms, sim.Hubs[2].Machine!.State, sim.Hubs[2].Machine!.Height));
        Assert.All(sim.Hubs[0].Certificates.Values, c => Assert.DoesNotContain(sim.Genesis.Founders[2].Id, c.Attestations.Select(a => a.Admin)));
    }

    [Fact]
    public void A_receipt_names_the_leaf_and_the_height_that_covers_it()
    {
        var sim = new AdminSim(4);
        var claim = Claim(sim, 0, 0);
        var (_, body) = sim.Ask(0, AdminVerb.Claim, claim.Sealed.Text); // asked again: the same receipt
        Assert.True(Receipt.TryRead(body, out var receipt) && receipt.IsSignedBy(sim.Genesis.Founders[0].Key));
        Assert.True(sim.Until(() => sim.Hubs[0].Machine!.Height > receipt.CoveringHeight));
        Assert.True(sim.Hubs[0].Certificates[(uint)receipt.CoveringHeight].Value.Vector[0].Size > receipt.LeafIndex);
        Assert.Equal(claim.Sealed.Text, sim.Hubs[0].Store.Leaf(sim.Genesis.Founders[0].Id, receipt.LeafIndex));
    }

    [Fact]
    public void A_claim_whose_window_has_closed_is_refused_with_the_remedy()
    {
        var sim = new AdminSim(1);
        var claim = Make(sim, 0);
        Assert.True(sim.Until(() => sim.Hubs[0].Machine!.Height == 4));
        var (status, body) = sim.Ask(0, AdminVerb.Claim, claim.Sealed.Text);
        Assert.Equal(AdminStatus.Refused, status);
        Assert.Contains("take a new ticket", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Fact]
    public void Tickets_are_rationed_by_network()
    {
        var sim = new AdminSim(1);
        var request = new TicketRequest(sim.Genesis.Hash, default).Write();
        var answers = Enumerable.Range(0, 300).Select(_ => sim.Ask(0, AdminVerb.Ticket, request).Status).ToArray();
        Assert.Equal(256, answers.TakeWhile(s => s is AdminStatus.Ok).Count());
        Assert.Contains(AdminStatus.Busy, answers);
    }

    [Theory]
    [InlineData(AdminVerb.Ticket), InlineData(AdminVerb.Claim), InlineData(AdminVerb.Reveal), InlineData(AdminVerb.Votes)]
    [InlineData(AdminVerb.Certificate), InlineData(AdminVerb.Leaves)]
    public void Garbage_is_refused(object verb)
    {
        var sim = new AdminSim(1);
        Assert.Equal(AdminStatus.Refused, sim.Ask(0, (AdminVerb)verb, "xyz"u8.ToArray()).Status);
    }

    [Fact]
    public void The_checkpoint_is_a_note_that_the_admin_signed()
    {
        var sim = new AdminSim(1);
        Claim(sim, 0, 0);
        var (_, body) = sim.Ask(0, AdminVerb.Checkpoint, []);
        Assert.True(SignedNote.TryRead(body, out var note) && note.IsSignedBy(sim.Genesis.Founders[0].NoteKey));
        Assert.True(Checkpoint.TryParse(note.Text, out var checkpoint));
        Assert.Equal(1, checkpoint.Size);
    }

    private static void Same(AdminSim sim)
    {
        foreach (var height in Enumerable.Range(1, sim.Hubs.Min(h => (int)h.Machine!.Height) - 1))
            Assert.Single(sim.Hubs.Where(h => h.Certificates.ContainsKey((uint)height))
                .Select(h => h.Certificates[(uint)height].Header).Distinct());
    }
}
