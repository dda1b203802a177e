package client_test

import (
	"strings"
	"testing"

	"snug/client"
)

// transport returns how rooms are joined in a test: over HTTP below TestOverHTTP.
func transport(t testing.TB) client.Transport {
	if strings.HasPrefix(t.Name(), "TestOverHTTP/") {
		return client.HTTP
	}
	return client.WebSocket
}

// What the client promises holds for networks without WebSockets, too.
func TestOverHTTP(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"AHundredGoroutinesSendAtOnce":                TestAHundredGoroutinesSendAtOnce,
		"SendNeedsNoReader":                           TestSendNeedsNoReader,
		"TheSameIDIsSaidOnce":                         TestTheSameIDIsSaidOnce,
		"RefusedMessagesSayWhy":                       TestRefusedMessagesSayWhy,
		"OneGoroutinesMessagesKeepTheirOrder":         TestOneGoroutinesMessagesKeepTheirOrder,
		"WhoGivesUpLearnsTheIDToTryAgainWith":         TestWhoGivesUpLearnsTheIDToTryAgainWith,
		"NothingIsLostOrDoubledOnABadNetwork":         TestNothingIsLostOrDoubledOnABadNetwork,
		"NothingIsLostOrDoubledWhenTheServerRestarts": TestNothingIsLostOrDoubledWhenTheServerRestarts,
		"AnotherLogIsToldAndReadFromItsFront":         TestAnotherLogIsToldAndReadFromItsFront,
		"AMessageInDoubtIsSettledByTheReplay":         TestAMessageInDoubtIsSettledByTheReplay,
		"AMessageInDoubtIsNotSentAsAnotherMember":     TestAMessageInDoubtIsNotSentAsAnotherMember,
		"SeatAndPositionBringBackMemberAndPlace":      TestSeatAndPositionBringBackMemberAndPlace,
		"WhatBecomesOfAMessageIsSeenByAll":            TestWhatBecomesOfAMessageIsSeenByAll,
		"WhatIsRefusedAboutAMessageSaysWhy":           TestWhatIsRefusedAboutAMessageSaysWhy,
		"TheSameIDIsDoneOnce":                         TestTheSameIDIsDoneOnce,
		"WhatIsInDoubtIsDoneOnce":                     TestWhatIsInDoubtIsDoneOnce,
		"ReactionsAreOnceOnABadNetwork":               TestReactionsAreOnceOnABadNetwork,
		"WhoGivesUpOnABanLearnsTheIDToTryAgainWith":   TestWhoGivesUpOnABanLearnsTheIDToTryAgainWith,
		"WhoWasBannedWhileCutOffStaysAway":            TestWhoWasBannedWhileCutOffStaysAway,
		"WhoFallsFarBehindGetsEverything":             TestWhoFallsFarBehindGetsEverything,
		"EventsTellWhoIsHere":                         TestEventsTellWhoIsHere,
		"WhatIsNoLongerKeptIsNamed":                   TestWhatIsNoLongerKeptIsNamed,
		"HistoryIsReadInPages":                        TestHistoryIsReadInPages,
		"HistoryToBeginWith":                          TestHistoryToBeginWith,
		"ThePathAndTheHeadersAreKept":                 TestThePathAndTheHeadersAreKept,
		"CloseEndsEverythingThatIsUnderWay":           TestCloseEndsEverythingThatIsUnderWay,
		"TheFirstMemberOwnsTheRoomAndHandsItOn":       TestTheFirstMemberOwnsTheRoomAndHandsItOn,
		"ABanHoldsUntilItIsLifted":                    TestABanHoldsUntilItIsLifted,
		"AModeratorPutsOutMembersAndNoOwner":          TestAModeratorPutsOutMembersAndNoOwner,
		"ARevokedSeatBringsNobodyBack":                TestARevokedSeatBringsNobodyBack,
		"ARoomThatIsClosedIsOverForEveryone":          TestARoomThatIsClosedIsOverForEveryone,
		"ARoomHasANameAndPins":                        TestARoomHasANameAndPins,
		"AnInviteLetsInAsManyAsItHasUses":             TestAnInviteLetsInAsManyAsItHasUses,
		"ATransferMakesAnotherDeviceTheSameMember":    TestATransferMakesAnotherDeviceTheSameMember,
		"ALockAndAPasswordAreForThoseWhoAreNew":       TestALockAndAPasswordAreForThoseWhoAreNew,
		"SettingsAreThoseOfNow":                       TestSettingsAreThoseOfNow,
		"SlowModeIsWaitedOut":                         TestSlowModeIsWaitedOut,
		"TheEndOfSlowModeIsTheEndOfTheWait":           TestTheEndOfSlowModeIsTheEndOfTheWait,
		"WithATokenSourceARoomStays":                  TestWithATokenSourceARoomStays,
		"WithoutASourceARoomEndsWithItsToken":         TestWithoutASourceARoomEndsWithItsToken,
		"RefusedTokenIsTheEnd":                        TestRefusedTokenIsTheEnd,
		"AQuietConnectionIsKept":                      TestAQuietConnectionIsKept,
		"ADeadConnectionIsLeftAfterAMinute":           TestADeadConnectionIsLeftAfterAMinute,
		"AClientComesBackWhenTheServerAskedItTo":      TestAClientComesBackWhenTheServerAskedItTo,
		"AttemptsGetFewerAndNeverEnd":                 TestAttemptsGetFewerAndNeverEnd,
		"AHookIsMadeUsedAndRemoved":                   TestAHookIsMadeUsedAndRemoved,
	} {
		t.Run(name, test)
	}
}
