using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Proof;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Chain;

/// <summary>What others may put on the ledger: chain.md §5.2 and §8. None of it throws, dials, or costs anything.</summary>
public class LedgerHostilityTests
{
    public static TheoryData<int> Kinds() => [(int)MessageProfile.Compact, (int)MessageProfile.Full];

    [Theory, MemberData(nameof(Kinds))]
    public void A_message_copied_into_another_transaction_is_refused(int profile)
    {
        var world = LedgerWorld.OfContacts();
        var copied = Person.Spend([world.FreshCoin()], world.Ann.Invite(world.Bob, (MessageProfile)profile).Outputs);
        world.Bob.See(copied);
        Refused(world, LedgerDrop.NotOurs);
    }

    [Fact]
    public void A_copied_introduction_is_refused_though_its_hash_is_right()
    {
        var world = new LedgerWorld();
        world.Bob.HearsStrangers = true;
        world.Ann.Know(world.Bob);
        world.Bob.See(Person.Spend([world.FreshCoin()], world.Ann.Invite(world.Bob, introduce: true).Outputs));
        Refused(world, LedgerDrop.Sealed);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Any_altered_byte_of_a_message_is_refused(int profile)
    {
        var world = LedgerWorld.OfContacts();
        var sent = world.Ann.Invite(world.Bob, (MessageProfile)profile);
        for (var i = 7; i < sent.Outputs[0].Script.Length; i++)
        {
            var script = sent.Outputs[0].Script.ToArray();
            script[i] ^= 1;
            world.Bob.See(sent with { Outputs = [new(0, script)] });
        }

        Assert.Empty(world.Bob.Client.Meetings);
    }

    [Theory]
    [InlineData("ip"), InlineData("port"), InlineData("type"), InlineData("recipient"), InlineData("network"), InlineData("inputs"), InlineData("channel")]
    public void A_signed_message_that_is_sealed_anew_with_another_word_is_refused(string what)
    {
        // Whoever can read it, and spends with the writer, could do this: the signature is over all of it.
        var world = LedgerWorld.OfContacts();
        OutPoint[] coins = [world.FreshCoin()];
        var honest = new FullMessage { Kind = MessageKind.Invitation, From = world.Ann.Key.Public, Channel = world.Ann.Channel, Address = world.Ann.At };
        var signed = honest with
        {
            Signature = world.Ann.Key.Sign(honest.Challenge(
                what == "network" ? LedgerNetwork.Main : world.Network, what == "recipient" ? world.Ann.Key.Public.Hash : world.Bob.Key.Public.Hash,
                what == "inputs" ? [world.FreshCoin()] : coins)),
        };
        signed = what switch
        {
            "ip" => signed with { Address = HostPort.Read([192, 0, 2, 66], world.Ann.At.Port) },
            "port" => signed with { Address = new(world.Ann.At.Address, 1) },
            "channel" => signed with { Channel = world.Bob.Channel },
            "type" => new() { Kind = MessageKind.Acceptance, Address = world.Ann.At, ReplyTo = coins[0].Transaction, Signature = signed.Signature },
            _ => signed,
        };
        world.Bob.See(Full(world, coins, signed));
        Refused(world, LedgerDrop.Signature);
        world.Bob.See(Full(world, coins, honest with { Signature = world.Ann.Key.Sign(honest.Challenge(world.Network, world.Bob.Key.Public.Hash, coins)) }));
        Assert.Single(world.Bob.Client.Meetings); // the honest one is read
    }

    [Fact]
    public void A_signature_with_a_high_s_is_refused()
    {
        var world = LedgerWorld.OfContacts();
        OutPoint[] coins = [world.FreshCoin()];
        var message = new FullMessage { Kind = MessageKind.Invitation, From = world.Ann.Key.Public, Channel = world.Ann.Channel, Address = world.Ann.At };
        var signature = world.Ann.Key.Sign(message.Challenge(world.Network, world.Bob.Key.Public.Hash, coins));
        var order = System.Numerics.BigInteger.Parse("115792089237316195423570985008687907852837564279074904382605163141518161494337", System.Globalization.CultureInfo.InvariantCulture);
        var s = order - new System.Numerics.BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true);
        signature.AsSpan(32).Clear();
        var bytes = s.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(signature.AsSpan(64 - bytes.Length));
        world.Bob.See(Full(world, coins, message with { Signature = signature }));
        Refused(world, LedgerDrop.Signature);
    }

    [Theory]
    [InlineData(0x02), InlineData(0x03), InlineData(0x81), InlineData(0x82), InlineData(0x83), InlineData(0x00)]
    public void A_signature_that_leaves_parts_of_the_transaction_open_is_refused(byte kind)
    {
        var world = LedgerWorld.OfContacts();
        world.Ann.SignatureKind = kind;
        world.Bob.See(world.Ann.Invite(world.Bob));
        Refused(world, LedgerDrop.Inputs);
        world.Bob.See(world.Ann.Invite(world.Bob, MessageProfile.Full));
        Assert.Equal(2, world.Bob.DropsOf(LedgerDrop.Inputs));
    }

    [Theory, InlineData(0x02, false), InlineData(0x01, true)]
    public void Open_signatures_are_seen_in_old_scripts_and_in_taproot_too(byte kind, bool whole)
    {
        var der = new LedgerKeyPair(Sha256.Hash("coin"u8)).SignDer(default);
        byte[] script = [(byte)(der.Length + 1), .. der, kind, 33, .. new byte[33]];
        Assert.Equal(whole, IsWhole(new(default, script, 0, [])));
        Assert.Equal(whole, IsWhole(new(default, [], 0, [[.. Enumerable.Repeat((byte)9, 64), kind]])));
        Assert.True(IsWhole(new(default, [], 0, [[.. Enumerable.Repeat((byte)9, 64)]]))); // taproot's default covers all
        Assert.Equal(whole, IsWhole(new(default, [], 0, [[], [.. der, kind], [0x51]]))); // several of several

        static bool IsWhole(LedgerInput input)
        {
            Assert.True(TransactionSpan.TryReadWhole(new LedgerTransaction { Inputs = [input], Outputs = [new(0, [])] }.Write(), out var span));
            return SpentWhole.IsWhole(span);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_transaction_whose_id_was_altered_on_the_way_still_matches_by_its_outpoints(int profile)
    {
        var world = LedgerWorld.OfContacts();
        var sent = world.Ann.Invite(world.Bob, (MessageProfile)profile);
        var altered = sent with { Version = 1, Inputs = [sent.Inputs[0] with { Script = [0x51] }] };
        Assert.NotEqual(sent.Id, altered.Id);
        world.Bob.See(altered);
        world.Ann.See(world.Bob.Accept());
        Assert.Equal(MeetingState.Addressed, world.Ann.Last.State);
        world.Bob.See(sent); // the other one is the same message
        Assert.Equal(1, world.Bob.DropsOf(LedgerDrop.Seen));
        Assert.Equal(world.Ann.Addressed.Single().Secret, world.Bob.Addressed.Single().Secret);
    }

    [Fact]
    public void The_same_message_in_the_pool_in_a_block_and_after_a_reorganisation_is_one()
    {
        var world = LedgerWorld.OfContacts();
        var sent = world.Ann.Invite(world.Bob);
        world.Bob.See(sent);
        world.Mine(sent);
        Assert.Equal(world.Height, world.Bob.Last.Height);
        world.Bob.Client.Disconnect(world.Now, world.Height);
        Assert.Null(world.Bob.Last.Height);
        world.Bob.See(sent);
        world.Bob.SeeBlock(world.Height + 1, sent);
        Assert.Equal(world.Height + 1, world.Bob.Last.Height);
        Assert.Single(world.Bob.Client.Meetings);
        Assert.Equal(3, world.Bob.DropsOf(LedgerDrop.Seen));
    }

    [Fact]
    public void After_a_restart_it_is_still_the_same_message()
    {
        var world = LedgerWorld.OfContacts();
        world.Bob.Accepts = true;
        var sent = world.Ann.Invite(world.Bob);
        world.Bob.See(sent);
        var paid = world.Bob.Sent.Count;
        world.Bob.Restart();
        world.Bob.See(sent);
        Assert.Equal((1, 1), (paid, world.Bob.Sent.Count));
        Assert.Equal(1, world.Bob.DropsOf(LedgerDrop.Seen));
        Assert.Single(world.Bob.Client.Meetings);
    }

    [Fact]
    public void A_replacement_with_the_same_coins_and_another_address_is_read_by_itself_and_costs_nothing()
    {
        var world = LedgerWorld.OfContacts();
        OutPoint[] coins = [world.FreshCoin(), world.FreshCoin()];
        var keys = new PreparedGeneration(world.Bob.Channel, new(0, world.Ann.Key, world.Bob.Key.Public, default, true), world.Network).Outgoing;
        var (first, second) = (Compact(coins, keys, world.Ann.At), Compact(coins, keys, HostPort.Read([198, 51, 100, 8], 9)));
        Assert.NotEqual(first.Outputs[0].Script, second.Outputs[0].Script);
        world.Bob.Accepts = true;
        world.Bob.See(first);
        world.Bob.See(second);
        Assert.Equal(HostPort.Read([198, 51, 100, 8], 9), Assert.Single(world.Bob.Client.Meetings).Peer);
        Assert.Single(world.Bob.Sent);
        Assert.Equal(2, world.Bob.Addressed.Count);
        world.Bob.See(second);
        Assert.Equal(1, world.Bob.DropsOf(LedgerDrop.Seen));
    }

    [Fact]
    public void A_conflicting_transaction_counts_when_it_is_in_a_block_and_not_before()
    {
        var world = LedgerWorld.OfContacts();
        var sent = world.Ann.Invite(world.Bob);
        world.Bob.See(sent);
        var conflict = Person.Spend([.. sent.Inputs.Select(i => i.Spent), world.FreshCoin()], [new(1, [0x51])]);
        world.Show(conflict);
        Assert.Equal(MeetingState.Decrypted, world.Bob.Last.State);
        world.Mine(conflict);
        Assert.Equal((MeetingState.Failed, MeetingState.Failed), (world.Ann.Last.State, world.Bob.Last.State));
    }

    [Fact]
    public void The_same_coins_spent_without_any_message_are_a_conflict_too()
    {
        var world = LedgerWorld.OfContacts();
        var sent = world.Ann.Invite(world.Bob);
        world.Bob.See(sent);
        world.Bob.SeeBlock(world.Height + 1, Person.Spend([.. sent.Inputs.Select(i => i.Spent)], [new(1, [0x51])]));
        Assert.Equal(MeetingState.Failed, world.Bob.Last.State);
    }

    [Fact]
    public void An_answer_that_is_thrown_back_by_a_reorganisation_still_stands_and_one_that_is_undone_does_not()
    {
        var world = LedgerWorld.OfContacts();
        var invitation = world.Ann.Invite(world.Bob);
        world.Mine(invitation);
        var answer = world.Bob.Accept();
        world.Mine(answer);
        Assert.Equal((MeetingState.Addressed, world.Height), (world.Ann.Last.State, world.Ann.Last.Height));
        world.Ann.Client.Disconnect(world.Now, world.Height);
        Assert.Equal(MeetingState.Addressed, world.Ann.Last.State);
        world.Ann.SeeBlock(world.Height, Person.Spend([.. answer.Inputs.Select(i => i.Spent)], [new(1, [0x51])]));
        Assert.Equal(MeetingState.Failed, world.Ann.Last.State);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void An_answer_to_no_invitation_to_an_old_one_or_a_second_one_is_refused(int profile)
    {
        var world = LedgerWorld.OfContacts();
        world.Show(world.Ann.Invite(world.Bob, (MessageProfile)profile));
        var answer = world.Bob.Accept();
        var forgetful = new Person(world, "ann", world.Ann.At); // Ann after she lost her store
        forgetful.Know(world.Bob);
        forgetful.See(answer);
        Assert.Equal(1, forgetful.DropsOf(LedgerDrop.Reply));

        world.Ann.See(answer);
        var number = world.Bob.Last.Number;
        world.Bob.Client.NotSent(world.Now, number, "");
        world.Bob.Restart();
        Assert.Equal(MeetingState.Addressed, world.Ann.Last.State);
        var another = new Person(world, "bob", HostPort.Read([203, 0, 113, 77], 7));
        another.Know(world.Ann);
        another.See(world.Ann.Sent[0]);
        world.Ann.See(another.Accept()); // Bob's second device answers too
        Assert.Equal(1, world.Ann.DropsOf(LedgerDrop.Reply));
        Assert.Equal(world.Bob.At, world.Ann.Last.Peer);

        var late = LedgerWorld.OfContacts();
        late.Show(late.Ann.Invite(late.Bob, (MessageProfile)profile));
        var slow = late.Bob.Accept();
        late.MineEmpty(LedgerClient.Life);
        late.Ann.See(slow);
        Assert.Equal(1, late.Ann.DropsOf(LedgerDrop.Reply));
        Assert.Equal(MeetingState.Failed, late.Ann.Last.State);
    }

    [Fact]
    public void An_invitation_in_an_old_block_is_stale_however_new_it_is_to_us()
    {
        var world = LedgerWorld.OfContacts();
        var sent = world.Ann.Invite(world.Bob);
        world.Bob.Client.Best = world.Height + LedgerClient.Life;
        world.Bob.SeeBlock(world.Height, sent);
        Refused(world, LedgerDrop.Stale);
        world.Bob.SeeBlock(world.Height + 1, world.Ann.Invite(world.Bob));
        Assert.Single(world.Bob.Client.Meetings); // one block younger, it lives
    }

    [Fact]
    public void What_was_written_on_one_ledger_means_nothing_on_another()
    {
        var (here, there) = (new LedgerWorld(LedgerNetwork.Regtest), new LedgerWorld(LedgerNetwork.Main));
        foreach (var world in (LedgerWorld[])[here, there])
        {
            world.Ann.Know(world.Bob);
            world.Bob.Know(world.Ann);
        }

        there.Bob.See(here.Ann.Invite(here.Bob));
        there.Bob.See(here.Ann.Invite(here.Bob, MessageProfile.Full));
        Refused(there, LedgerDrop.NotOurs, 2);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Our_own_message_is_never_taken_for_the_peers(int profile)
    {
        var world = LedgerWorld.OfContacts();
        world.Ann.Accepts = true;
        var sent = world.Ann.Invite(world.Bob, (MessageProfile)profile);
        world.Ann.See(sent);
        Assert.Equal(1, world.Ann.DropsOf(LedgerDrop.NotOurs));
        var second = new Person(world, "ann", world.Ann.At) { Accepts = true }; // another device, or after a restore
        second.Know(world.Bob);
        second.See(sent);
        Assert.Empty(second.Client.Meetings);
    }

    [Theory]
    [InlineData("127.0.0.1:22"), InlineData("224.0.0.1:5"), InlineData("255.255.255.255:5"), InlineData("0.0.0.0:5"), InlineData("169.254.1.1:5"), InlineData("10.0.0.1:5")]
    [InlineData("[::1]:22"), InlineData("[ff02::1]:5"), InlineData("[fe80::1]:5"), InlineData("[fd00::1]:5")]
    public void An_address_that_nobody_may_be_sent_to_is_refused(string address)
    {
        var world = LedgerWorld.OfContacts();
        world.Bob.MayDial = peer => AddressPolicy.Permitted([peer], [world.Bob.At]).Length > 0;
        Assert.True(HostPort.TryParse(address, out var at));
        var caller = new Person(world, "ann", at);
        caller.Know(world.Bob);
        world.Bob.See(caller.Invite(world.Bob));
        Refused(world, LedgerDrop.Address);
        world.Bob.See(world.Ann.Invite(world.Bob));
        Assert.Single(world.Bob.Client.Meetings);
    }

    [Fact]
    public void Strangers_are_not_heard_unless_that_is_wanted_and_they_pay()
    {
        var world = new LedgerWorld();
        world.Ann.Know(world.Bob);
        var introduction = world.Ann.Invite(world.Bob, introduce: true);
        world.Bob.See(introduction);
        Refused(world, LedgerDrop.Sender);

        var open = new Person(world, "bob", world.Bob.At) { HearsStrangers = true };
        open.See(introduction with { Outputs = [introduction.Outputs[0]] });
        open.See(introduction with { Outputs = [introduction.Outputs[0], introduction.Outputs[1] with { Value = OwnCoins.Dust - 1 }] });
        Assert.Equal(2, open.DropsOf(LedgerDrop.Sender));
        open.See(introduction);
        Assert.NotNull(open.Last.Stranger);
        Assert.Empty(open.Sent);
    }

    [Fact]
    public void No_more_than_32_strangers_wait()
    {
        var world = new LedgerWorld();
        world.Bob.HearsStrangers = true;
        for (var i = 0; i <= LedgerClient.MaxStrangers; i++)
        {
            var stranger = new Person(world, $"s{i}", world.Ann.At);
            stranger.Know(world.Bob);
            world.Bob.See(stranger.Invite(world.Bob, introduce: true));
        }

        Assert.Equal((LedgerClient.MaxStrangers, 1), (world.Bob.Client.Meetings.Count, world.Bob.DropsOf(LedgerDrop.Sender)));
    }

    [Fact]
    public void A_stranger_cannot_claim_a_contacts_channel_key()
    {
        var world = LedgerWorld.OfContacts();
        world.Bob.HearsStrangers = true;
        var thief = new Person(world, "eve", world.Ann.At);
        thief.Know(world.Bob);
        var coins = new[] { world.FreshCoin() };
        var message = new FullMessage { Kind = MessageKind.Invitation, From = thief.Key.Public, Channel = world.Ann.Channel, Address = thief.At };
        message = message with { Signature = thief.Key.Sign(message.Challenge(world.Network, world.Bob.Key.Public.Hash, coins)) };
        var field = world.Bob.Key.Public.Hash;
        var script = new Announcement(MessageProfile.Full, field, FullSeal.Seal(world.Network, world.Bob.Key.Public, Outpoints.Hash(coins), field, message.Write(), new SimRandom(1))).Write();
        world.Bob.See(Person.Spend(coins, [new(0, script), new(OwnCoins.Dust, SegwitAddress.ScriptOf(field))]));
        Refused(world, LedgerDrop.Sender);
    }

    [Fact]
    public void A_message_under_more_inputs_than_it_may_have_is_refused()
    {
        var world = LedgerWorld.OfContacts();
        world.Ann.Coins = [.. Enumerable.Range(0, Outpoints.Max).Select(_ => world.FreshCoin())];
        var sent = world.Ann.Invite(world.Bob);
        world.Bob.See(sent with { Inputs = [.. sent.Inputs, sent.Inputs[0] with { Spent = world.FreshCoin() }] });
        Refused(world, LedgerDrop.Inputs);
        world.Bob.See(sent);
        Assert.Single(world.Bob.Client.Meetings);
    }

    [Fact]
    public void A_message_that_is_too_long_or_too_short_for_its_profile_is_refused_by_its_length()
    {
        var world = LedgerWorld.OfContacts();
        foreach (var (profile, length) in ((MessageProfile, int)[])[(MessageProfile.Compact, 25), (MessageProfile.Compact, CompactMessage.MaxSize + 1), (MessageProfile.Compact, 60_000),
            (MessageProfile.Full, FullSeal.Overhead), (MessageProfile.Full, FullSeal.MaxSize + 1), (MessageProfile.Full, 60_000)])
            world.Bob.See(Person.Spend([world.FreshCoin()], [new(0, new Announcement(profile, new byte[20], new byte[length]).Write())]));
        Refused(world, LedgerDrop.Length, 6);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_cancel_that_names_no_live_meeting_with_its_writer_is_refused(int profile)
    {
        var world = LedgerWorld.OfContacts();
        var eve = new Person(world, "eve", world.Ann.At);
        eve.Know(world.Bob);
        world.Bob.Know(eve);
        world.Bob.See(world.Ann.Invite(world.Bob, (MessageProfile)profile));
        eve.Invite(world.Bob, (MessageProfile)profile); // that Bob has not seen
        Assert.True(eve.Client.Cancel(eve.Last.Number, 5_000));
        eve.Settle();
        world.Bob.See(eve.Sent[^1]);
        Assert.Equal((1, MeetingState.Decrypted), (world.Bob.DropsOf(LedgerDrop.Reply), world.Bob.Last.State));

        Assert.True(world.Ann.Client.Cancel(world.Ann.Last.Number, 5_000));
        world.Ann.Settle();
        world.Bob.See(world.Ann.Sent[^1]);
        Assert.Equal(MeetingState.Failed, world.Bob.Last.State);
        world.Bob.See(world.Ann.Sent[^1]); // over already
        Assert.Equal(2, world.Bob.DropsOf(LedgerDrop.Reply));
    }

    [Fact]
    public void No_truncated_or_lengthened_transaction_or_block_is_read_or_throws()
    {
        var world = LedgerWorld.OfContacts();
        var whole = world.Ann.Invite(world.Bob).Write();
        byte[] block = [.. new byte[80], 1, .. whole];
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(world.Bob.Client.Receive(world.Now, whole.AsSpan(0, length)));
            Assert.False(world.Bob.Client.Receive(world.Now, 1_000, block.AsSpan(0, 80 + length)));
        }

        Assert.False(world.Bob.Client.Receive(world.Now, [.. whole, 0]));
        Assert.Empty(world.Bob.Client.Meetings);
    }

    [Fact]
    public void Counts_that_promise_more_than_is_there_cost_nothing()
    {
        var world = LedgerWorld.OfContacts();
        foreach (var count in (byte[][])[[0xFE, 0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 1, 0, 0, 0, 0, 0, 0, 0], [0xFD, 1, 0], [0xFE, 1, 0, 0, 0]])
        {
            Assert.False(world.Bob.Client.Receive(world.Now, [2, 0, 0, 0, .. count, .. new byte[100]]));
            Assert.False(world.Bob.Client.Receive(world.Now, 1, [.. new byte[80], .. count, .. new byte[100]]));
        }
    }

    [Fact]
    public void Ten_thousand_foreign_outputs_are_scanned_without_allocation()
    {
        var world = LedgerWorld.OfContacts();
        var foreign = new LedgerOutput[10_000];
        for (var i = 0; i < foreign.Length; i++)
        {
            byte[] script = i % 2 == 0 ? [0x6a, 4, 1, 2, 3, 4, 20, .. new byte[20], 32, .. new byte[32]] : SegwitAddress.ScriptOf(Bytes20.Read(Sha256.Hash(BitConverter.GetBytes(i)).ToArray().AsSpan(0, 20)));
            foreign[i] = new(0, script);
        }

        var block = Person.Block([.. foreign.Chunk(100).Select(some => Person.Spend([world.FreshCoin()], some))]);
        var client = world.Bob.Client;
        client.Receive(world.Now, 1_001, block); // compiled, and the counters are there
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(client.Receive(world.Now, 1_002, block));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000); // of the block, not of each output
        Assert.Equal(20_000, client.Scanned);
    }

    [Fact]
    public void Neither_side_of_a_hash_collision_of_flags_is_taken_for_a_message()
    {
        var world = LedgerWorld.OfContacts();
        foreach (var script in (byte[][])[[0x6a, 4, .. "IPC2"u8], [0x6a, 4, .. "IPC3"u8, 20, .. new byte[20], 31, .. new byte[31]], [0x6a, 4, .. "IPC2"u8, 19, .. new byte[19], 31, .. new byte[31]],
            [0x6a, 4, .. "IPC2"u8, 20, .. new byte[20], 0x4c, 31, .. new byte[31]], [0x6a, 4, .. "IPC2"u8, 20, .. new byte[20], 31, .. new byte[31], 0]])
            world.Bob.See(Person.Spend([world.FreshCoin()], [new(0, script)]));
        Assert.Equal(3, world.Bob.DropsOf(LedgerDrop.Length));
        Assert.Empty(world.Bob.Client.Meetings);
    }

    private static LedgerTransaction Full(LedgerWorld world, OutPoint[] coins, FullMessage message)
    {
        var outpoints = Outpoints.Hash([.. coins]);
        var field = new PreparedGeneration(world.Bob.Channel, new(0, world.Ann.Key, world.Bob.Key.Public, default, true), world.Network).Outgoing.TagOf(outpoints);
        return Person.Spend(coins, [new(0, new Announcement(MessageProfile.Full, field,
            FullSeal.Seal(world.Network, world.Bob.Key.Public, outpoints, field, message.Write(), new SimRandom(5))).Write())]);
    }

    private static LedgerTransaction Compact(OutPoint[] coins, PairKeys keys, HostPort at)
    {
        var outpoints = Outpoints.Hash([.. coins]);
        return Person.Spend(coins, [new(0, new Announcement(MessageProfile.Compact, keys.TagOf(outpoints).ToArray(),
            CompactMessage.Seal(keys, outpoints, new MessageContent(MessageKind.Invitation, at, default), new SimRandom(7))).Write())]);
    }

    private static void Refused(LedgerWorld world, LedgerDrop why, int times = 1)
    {
        Assert.Equal(times, world.Bob.DropsOf(why));
        Assert.Empty(world.Bob.Client.Meetings);
        Assert.Empty(world.Bob.Sent);
        Assert.Empty(world.Bob.Addressed);
    }
}
